// The story of an exception: what happened, what was promised, what was said.

import { h, put, table } from "./dom.js";
import { comparison, count, due, figure, fromNow, moment, span, utc, words } from "./words.js";
import { onIt } from "./exceptions.js";
import { grouped } from "./facts.js";

// How an instant stands in the evidence: UTC, without saying so.
const INSTANT = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}(\.\d+)?$/;
const ADDRESS = /^(https?|mailto):/i;

/** Return the dialog in which stories are told. */
export function storyDialog(board) {
  const dialog = h("dialog", {
    class: "story",
    "aria-labelledby": "story-title",
    onclose: () => board.forget(),
    onclick: (event) => event.target === dialog && dialog.close(),
  });
  return dialog;
}

/** Return a link where the data hold an address that one may follow, else the text alone. */
const linked = (address, text) =>
  address && ADDRESS.test(address)
    ? h("a", { href: address, rel: "noreferrer" }, text)
    : h("strong", {}, text);

/** Fill the dialog with the story of an exception, and open it. */
export function tell(board, dialog, exception) {
  const zone = board.zones.get(exception.journey);
  put(
    dialog,
    h(
      "header",
      {},
      h("h2", { id: "story-title" }, exception.rule_title),
      h("button", { class: "close", "aria-label": "close", onclick: () => dialog.close() }, "×"),
    ),
    h(
      "p",
      {},
      `${words(exception.subject_type)} `,
      linked(exception.case_link, exception.subject_id),
      `, since ${moment(exception.onset_at, zone)} (${fromNow(exception.onset_at, board.as_of)}). ${comparison(exception)}.`,
    ),
    h(
      "dl",
      { class: "facts" },
      [
        [
          "answer due",
          `${moment(exception.respond_by_at, zone)}, ${due(exception.respond_by_at, board.as_of)}`,
        ],
        ["owner", board.role(exception.owner_role)],
        ["who is on it", onIt(board, exception)],
        ["waits for", waitsFor(board, exception, zone)],
        ["route", `${exception.route_class}: ${exception.route_reason}`],
        [
          "severity",
          `${exception.severity} is the rule${exception.case_severity ? `, ${exception.case_severity} the case` : ""}`,
        ],
        exception.slo_id ? ["promise", board.slo(exception.slo_id)] : null,
        [
          "playbook",
          exception.playbook_link && ADDRESS.test(exception.playbook_link)
            ? linked(exception.playbook_link, words(exception.playbook))
            : `${words(exception.playbook)} (${exception.playbook_location ?? "no page"})`,
        ],
        ["answer with", h("code", {}, `offpath ack ${exception.exception_id.slice(0, 12)}`)],
      ]
        .filter(Boolean)
        .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))),
    ),
    exception.subject_type === "case"
      ? caseStory(board, exception, zone)
      : casesBehind(board, exception),
    said(board, exception, zone),
    evidence(exception, zone),
    h("p", { class: "about" }, `Exception ${exception.exception_id}; times are those of ${zone}.`),
  );
  if (!dialog.open) dialog.showModal();
}

function waitsFor(board, exception, zone) {
  if (exception.route_class === "record") return "nothing: nobody is asked";
  if (exception.resolved_at !== null) return "the marts to show that the condition has ended";
  if (exception.acknowledged_at !== null) return "the condition to end";
  const next = exception.next_role
    ? `; without it ${board.role(exception.next_role)} is told ${moment(exception.next_at, zone)}`
    : "";
  return `an answer of ${board.role(exception.owner_role)}${next}`;
}

function caseStory(board, exception, zone) {
  const events = board.events.of(exception.journey, exception.subject_id);
  const promises = board.promises.of(exception.journey, exception.subject_id);
  const before = events.length ? events[0].event_number - 1 : 0;
  return [
    h("h3", {}, "What happened"),
    before > 0
      ? h("p", { class: "about" }, `${count(before)} events before these are left out.`)
      : null,
    h(
      "ol",
      { class: "path" },
      events.map((each, index) => {
        const next = events[index + 1];
        const stays = next
          ? span(next.occurred_at - each.occurred_at)
          : exception.ended_as === null
            ? `${span(board.as_of - each.occurred_at)} so far`
            : `the case ended ${exception.ended_as}`;
        const where = [each.channel, each.location, each.reason_code].filter(Boolean).join(", ");
        return h(
          "li",
          {},
          h(
            "time",
            { datetime: utc(each.occurred_at), title: utc(each.occurred_at) },
            moment(each.occurred_at, zone),
          ),
          h(
            "span",
            {},
            h("strong", {}, words(each.event_name)),
            ` ${each.actor ?? ""}${where ? ` (${where})` : ""}`,
            h("small", {}, each.state_after ? `${words(each.state_after)}, ${stays}` : stays),
          ),
        );
      }),
    ),
    h("h3", {}, "What was promised"),
    promises.length
      ? table("Promises of the case", [["promise"], ["deadline"], ["verdict"]], promises, (each) =>
          h(
            "tr",
            {},
            h("td", {}, board.slo(each.slo_id)),
            h("td", {}, moment(each.deadline_at, zone)),
            h("td", {}, verdictWords(board, each, zone)),
          ),
        )
      : h("p", { class: "empty" }, "No promise is about this case."),
  ];
}

/** Say how a promise stands; what is not due yet has no verdict, even where it was kept. */
function verdictWords(board, promise, zone) {
  const reached =
    promise.reached_at === null ? "" : `, reached ${moment(promise.reached_at, zone)}`;
  const owed = promise.is_owed ? `, ${due(promise.deadline_at, board.as_of)}` : "";
  const paused = promise.is_paused ? ", its clock stands still" : "";
  return `${promise.verdict}${reached}${owed}${paused}`;
}

function casesBehind(board, exception) {
  const cases = board.exception_cases.of(exception.exception_id);
  if (!cases.length) return h("p", { class: "empty" }, "It is of no single cases.");
  return [
    h("h3", {}, "Cases behind it"),
    [...grouped(cases, "role").groups].map(([role, group]) => {
      const ids = group.map((each) => each.case_id).join(", ");
      return h("p", {}, h("strong", {}, `${words(role)}: `), ids);
    }),
    cases.length === board.most_cases
      ? h("p", { class: "about" }, `The first ${cases.length}; all are in fct_exception_cases.`)
      : null,
  ];
}

function said(board, exception, zone) {
  const messages = board.messages.of(exception.exception_id).map((each) => ({
    at: each.delivered_at ?? each.decided_at,
    text: messageWords(board, each),
    why: each.reason,
  }));
  const answers = board.answers.of(exception.exception_id).map((each) => ({
    at: each.acted_at,
    text: `${words(each.action)} by ${each.actor}${each.close_code ? ` (${each.close_code})` : ""}`,
    why: each.note,
  }));
  const all = [...messages, ...answers].sort((a, b) => a.at - b.at);
  return [
    h("h3", {}, "What was told and answered"),
    all.length
      ? h(
          "ol",
          { class: "path" },
          all.map((each) =>
            h(
              "li",
              {},
              h("time", { datetime: utc(each.at) }, moment(each.at, zone)),
              h("span", {}, each.text, each.why ? h("small", {}, each.why) : null),
            ),
          ),
        )
      : h(
          "p",
          { class: "empty" },
          exception.route_class === "record"
            ? "Nothing: it is only recorded."
            : exception.digest_at !== null
              ? `Nothing yet: it waits for the digest of ${moment(exception.digest_at, zone)}.`
              : "Nothing yet: no run of offpath route has decided on it.",
        ),
  ];
}

function messageWords(board, message) {
  const to = `${words(message.kind)} to ${board.role(message.owner_role)}`;
  if (message.state === "outbox") return `${to}: waits in the outbox, for the role has no channel`;
  return `${to} by ${message.channel ?? "no channel"}: ${message.state}${message.is_possible_duplicate ? ", may have arrived twice" : ""}`;
}

function evidence(exception, zone) {
  const found = parsed(exception.evidence);
  if (found === null) return null;
  const isObject = typeof found === "object" && !Array.isArray(found);
  return [
    h("h3", {}, "Evidence"),
    isObject
      ? h(
          "dl",
          { class: "facts" },
          Object.entries(found)
            .filter(([, each]) => each !== null)
            .map(([name, each]) =>
              h("div", {}, h("dt", {}, words(name)), h("dd", {}, evidenceWords(each, zone))),
            ),
        )
      : h("p", {}, exception.evidence),
  ];
}

/** Return what a text of JSON holds; the text itself where it is none. */
function parsed(text) {
  try {
    return JSON.parse(text, (_, value, written) =>
      Number.isInteger(value) && !Number.isSafeInteger(value) ? (written?.source ?? value) : value,
    );
  } catch {
    return text;
  }
}

/** Write a value of the evidence. A number may be that of an order: it stands as it is. */
function evidenceWords(value, zone) {
  if (typeof value === "string" && INSTANT.test(value)) {
    const at = Date.parse(`${value.replace(" ", "T")}Z`);
    return Number.isNaN(at) ? value : moment(at / 1000, zone);
  }
  if (typeof value === "object") return JSON.stringify(value);
  return typeof value === "number" && !Number.isInteger(value) ? figure(value) : String(value);
}
