// What is due next, of answers and of cases, whatever the journey.

import { h, panel, empty } from "./dom.js";
import { count, due, moment, percent, shortId } from "./words.js";
import { routePill, storyLink } from "./exceptions.js";
import { grouped } from "./facts.js";
import { isAwaited, isOverdue } from "./promises.js";

const SHOWN = 8;
const SOON_HOURS = 24;
const URGENCY = { page: 0, task: 1, digest: 2 };

/** Say, where it is so, that messages wait in the outbox, for whom and what to do. */
export function untold(board) {
  const held = (each) =>
    board.messages.of(each.exception_id).filter((message) => message.state === "outbox");
  // Of what a channel took somebody knows, though a later message may wait.
  const waiting = board.exceptions.filter(
    (each) => isAwaited(each) && each.told_at === null && held(each).length,
  );
  if (!waiting.length) return null;
  const roles = [
    ...new Set(waiting.flatMap(held).map((message) => board.role(message.owner_role))),
  ];
  const pages = waiting.filter((each) => each.route_class === "page").length;
  return h(
    "p",
    { class: "notice", role: "note" },
    `Nobody was told of ${count(waiting.length)} open ${waiting.length === 1 ? "exception" : "exceptions"}${pages ? `, ${count(pages)} of them pages` : ""}: ${roles.join(", ")} ${roles.length === 1 ? "has" : "have"} no channel, and ${waiting.length === 1 ? "the message waits" : "their messages wait"} in the outbox. Channels stand in channels.yml.`,
  );
}

/** Draw what to answer first, which deadlines are next, and which will be missed. */
export function dueNext(board) {
  const asked = board.exceptions.filter(isAwaited);
  const overdue = asked.filter((each) => isOverdue(each, board.as_of)).length;
  // Of many of one rule the oldest stands for all.
  const first = [...grouped(asked, "route_class", "rule_id").groups.values()]
    .map((group) => ({ ...group[0], others: group.length - 1 }))
    .sort(
      (one, other) =>
        URGENCY[one.route_class] - URGENCY[other.route_class] ||
        one.respond_by_at - other.respond_by_at,
    );
  const soon = board.slos.reduce((sum, each) => sum + (each.due_soon_count ?? 0), 0);
  return h(
    "div",
    { class: "pair-of-panels three" },
    panel(
      "answers",
      "What to answer first",
      asked.length
        ? `${count(overdue)} answers are overdue, ${count(asked.length - overdue)} fall due later. Pages first, then tasks, then digests; of each rule what has been due longest.`
        : null,
      asked.length
        ? list("due", first, answerCells(board), (each) =>
            moment(each.respond_by_at, board.zones.get(each.journey)),
          )
        : empty("No answer is asked for: nothing is open, or somebody has it."),
    ),
    panel(
      "deadlines",
      "Deadlines of cases",
      board.due.length ? `${count(soon)} within ${SOON_HOURS} h; the next are` : null,
      board.due.length
        ? list(
            "due cases",
            board.due,
            (each) => [due(each.deadline_at, board.as_of), caseOf(each), board.slo(each.slo_id)],
            (each) => moment(each.deadline_at, board.zones.get(each.journey)),
          )
        : empty("No case is awaited by any promise."),
    ),
    panel(
      "endangered",
      "Likeliest to be missed",
      board.endangered.length
        ? "The share of past cases that were alike, had waited as long, and came too late."
        : null,
      board.endangered.length
        ? list(
            "due cases",
            board.endangered,
            (each) => [
              percent(each.breach_probability, 0),
              caseOf(each),
              `${board.slo(each.slo_id)}: ${count(each.late_count)} of ${count(each.known_count)} came too late`,
            ],
            (each) =>
              each.deadline_at === null
                ? board.slo(each.slo_id)
                : `due ${moment(each.deadline_at, board.zones.get(each.journey))}`,
          )
        : empty("No prediction of an open case has shown skill so far."),
    ),
  );
}

function caseOf(each) {
  return h(
    "span",
    { title: each.case_id },
    shortId(each.case_id),
    h("small", {}, ` ${each.severity ?? ""}`),
  );
}

function answerCells(board) {
  return (each) => [
    h(
      "span",
      { class: isOverdue(each, board.as_of) ? "bad" : null },
      due(each.respond_by_at, board.as_of),
    ),
    h(
      "span",
      {},
      routePill(each),
      " ",
      storyLink(board, each),
      ` ${each.rule_title}`,
      each.others ? h("small", {}, ` and ${count(each.others)} more of the rule`) : null,
    ),
    board.role(each.owner_role),
  ];
}

function list(kind, rows, cells, title) {
  return h(
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
  );
}
