// What is due next, of answers and of cases, whatever the journey.

import { h, panel, empty } from "./dom.js";
import { count, due, moment } from "./words.js";

const SHOWN = 8;
const SOON_HOURS = 24;

/** Draw what falls due after the build, soonest first. */
export function dueNext(board) {
  const answers = board.exceptions.filter(
    (each) =>
      each.respond_by_at >= board.as_of &&
      each.acknowledged_at === null &&
      each.resolved_at === null,
  );
  const soon = board.slos.reduce((sum, each) => sum + (each.due_soon_count ?? 0), 0);
  return h(
    "div",
    { class: "pair-of-panels" },
    panel(
      "answers",
      "Answers due next",
      null,
      answers.length
        ? list(
            "due",
            answers,
            (each) => [
              due(each.respond_by_at, board.as_of),
              h(
                "span",
                {},
                h(
                  "button",
                  { class: "link", onclick: () => board.tell(each.exception_id) },
                  each.subject_id,
                ),
                ` ${each.rule_title}`,
              ),
              board.role(each.owner_role),
            ],
            (each) => moment(each.respond_by_at, board.zones.get(each.journey)),
            answers.length > SHOWN ? `and ${count(answers.length - SHOWN)} more` : null,
          )
        : empty("No answer falls due after the build: all that is open is overdue, or answered."),
    ),
    panel(
      "deadlines",
      "Cases due next",
      null,
      board.due.length
        ? list(
            "due cases",
            board.due,
            (each) => [
              due(each.deadline_at, board.as_of),
              h("span", {}, each.case_id, h("small", {}, ` ${each.severity ?? ""}`)),
              board.slo(each.slo_id),
            ],
            (each) => moment(each.deadline_at, board.zones.get(each.journey)),
            `${count(soon)} deadlines within ${SOON_HOURS} h`,
          )
        : empty("No case is awaited by any promise."),
    ),
  );
}

function list(kind, rows, cells, title, below) {
  return [
    h(
      "ol",
      { class: kind },
      rows.slice(0, SHOWN).map((each) => {
        const [when, what, whose] = cells(each);
        return h(
          "li",
          { title: title(each) },
          h("span", { class: "when" }, when),
          h("span", {}, what),
          h("small", {}, whose),
        );
      }),
    ),
    below ? h("p", { class: "about" }, below) : null,
  ];
}
