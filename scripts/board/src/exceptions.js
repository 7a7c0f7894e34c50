// What is open: when answers are due, and the work of each owner.

import * as Plot from "@observablehq/plot";
import { h, panel, empty, chart, drawn, labelled, pill, table } from "./dom.js";
import { count, due, fromNow, moment, shortId, shortened, span, words } from "./words.js";
import { isAwaited, isOverdue } from "./promises.js";
import { grouped } from "./facts.js";

const SHOWN = 20;
const MORE = 200;
const HOUR = 3600;
const TICKS = [-90 * 24, -30 * 24, -7 * 24, -24, -4, -1, 0, 1, 4, 24, 7 * 24, 30 * 24, 90 * 24];
const ROUTES =
  "page: somebody is to be woken · task: a message at once · digest: with the next digest · record: nobody is asked";
const CLASSES = { page: "bad", task: "unsure", digest: "none", record: "none" };

/** Draw the open exceptions of a journey: a time line, and a list for each owner. */
export function openExceptions(board, journey) {
  const rows = board.exceptionsOf.of(journey);
  if (!rows.length)
    return [panel("open", "Open exceptions", null, empty("No exception of this journey is open."))];
  const overdue = rows.filter((each) => isOverdue(each, board.as_of)).length;
  return [
    panel(
      "open",
      "When answers are due",
      `${count(rows.length)} open, ${count(overdue)} overdue without an answer. A circle is what falls due at about that time; the scale is closer together the further from the build.`,
      drawn((width) => timeline(board, rows, width)),
    ),
    panel(
      "work",
      "Who has to do what",
      `By owner, what has been due longest first; a case or segment opens its story. ${ROUTES}. Value: that of the case, in the units of the log.`,
      owners(rows).map(([owner, own]) => workList(board, owner, own)),
    ),
  ];
}

/** Return rows by owner, whoever has what has been due longest first. */
function owners(rows) {
  return [...grouped(rows, "owner_role").groups].sort(
    ([, a], [, b]) => a[0].respond_by_at - b[0].respond_by_at,
  );
}

const place = (seconds) => Math.sign(seconds) * Math.log1p(Math.abs(seconds) / HOUR);

function timeline(board, rows, width) {
  const narrow = width < 560;
  const spots = new Map();
  for (const row of rows) {
    if (row.respond_by_at === null) continue;
    const at = Math.round(place(row.respond_by_at - board.as_of) * 5) / 5;
    const key = `${row.rule_id}\u0000${at}`;
    const spot = spots.get(key) ?? { rule: row.rule_id, at, rows: [] };
    spot.rows.push(row);
    spots.set(key, spot);
  }
  const list = [...spots.values()].map((spot) => ({
    ...spot,
    size: spot.rows.length,
    kind: spot.rows.some((each) => each.route_class === "page")
      ? "page"
      : spot.at < 0
        ? "late"
        : "ahead",
  }));
  // Two rules may have one title.
  const titles = new Map(rows.map((each) => [each.rule_id, each.rule_title]));
  const rules = [...titles.keys()];
  const least = Math.min(-place(4 * HOUR), ...list.map((each) => each.at)) - 0.3;
  const most = Math.max(place(4 * HOUR), ...list.map((each) => each.at)) + 0.3;
  const ticks = TICKS.filter(
    (each) =>
      place(each * HOUR) > least &&
      place(each * HOUR) < most &&
      (!narrow || [0, 24, -24, 168, -168, -720, 720].includes(each)),
  );
  const tick = (at) =>
    at === 0
      ? "build"
      : `${at < 0 ? "−" : "+"}${span(Math.abs(ticks.find((each) => place(each * HOUR) === at)) * HOUR)}`;
  const short = shortened(narrow ? 20 : 46);
  return chart({
    width,
    marginLeft: narrow ? 150 : 310,
    marginRight: 16,
    height: 44 + 26 * rules.length,
    marginBottom: 28,
    marginTop: 14,
    ariaLabel: `When answers are due, by rule: ${count(rows.length)} open exceptions`,
    x: {
      domain: [least, most],
      ticks: ticks.map((each) => place(each * HOUR)),
      tickFormat: tick,
      label: null,
    },
    y: {
      type: "band",
      domain: rules,
      label: null,
      tickFormat: (rule) => short(titles.get(rule)),
      tickSize: 0,
    },
    r: { domain: [0, Math.max(1, ...list.map((each) => each.size))], range: [0, 11] },
    marks: [
      Plot.ruleY(rules, { stroke: "var(--edge)" }),
      Plot.ruleX([0], { stroke: "var(--ink)", strokeDasharray: "2 3" }),
      Plot.dot(list, {
        x: "at",
        y: "rule",
        r: "size",
        fill: (each) =>
          each.kind === "page"
            ? "var(--bad)"
            : each.kind === "late"
              ? "var(--unsure)"
              : "var(--line)",
        fillOpacity: 0.9,
        stroke: "var(--panel)",
      }),
      Plot.tip(
        list,
        Plot.pointer({
          x: "at",
          y: "rule",
          title: (each) =>
            `${titles.get(each.rule)}\n${count(each.size)} due about ${due(each.rows[0].respond_by_at, board.as_of)}`,
        }),
      ),
    ],
  });
}

function workList(board, owner, rows) {
  const overdue = rows.filter((each) => isOverdue(each, board.as_of)).length;
  const taken = rows.filter((each) => each.acknowledged_at !== null).length;
  const told = rows.filter((each) => each.told_at !== null).length;
  const columns = [
    ["due", "number"],
    ["what"],
    ["about"],
    ["route"],
    ["now in"],
    ["value", "number"],
    ["who is on it"],
    ["then"],
  ];
  const listed = (some) => some.map((each) => labelled(workRow(board, each), columns));
  const shown = table(
    `Open exceptions of ${board.role(owner)}`,
    columns,
    rows.slice(0, SHOWN),
    (each) => workRow(board, each),
  );
  const body = shown.querySelector("tbody");
  let next = SHOWN;
  const rest = () =>
    `show ${count(Math.min(MORE, rows.length - next))} of ${count(rows.length - next)} more`;
  const more = h(
    "button",
    {
      class: "link",
      onclick: () => {
        body.append(...listed(rows.slice(next, next + MORE)));
        body.children[next].querySelector("button")?.focus();
        next += MORE;
        if (next >= rows.length) more.remove();
        else more.textContent = rest();
      },
    },
    rest(),
  );
  return h(
    "article",
    { class: "owner" },
    h(
      "h4",
      {},
      board.role(owner),
      h(
        "small",
        {},
        ` ${count(rows.length)} open, ${count(overdue)} overdue, ${count(taken)} taken, ${count(told)} told`,
      ),
    ),
    shown,
    rows.length > SHOWN ? more : null,
  );
}

function workRow(board, row) {
  const late = isOverdue(row, board.as_of);
  return h(
    "tr",
    {},
    h(
      "td",
      {
        class: `number ${late ? "bad" : ""}`,
        title: moment(row.respond_by_at, board.zones.get(row.journey)),
      },
      isAwaited(row) || row.respond_by_at >= board.as_of
        ? due(row.respond_by_at, board.as_of)
        : "–",
    ),
    h("td", {}, row.rule_title, row.slo_id ? h("small", {}, board.slo(row.slo_id)) : null),
    h("td", {}, storyLink(board, row)),
    h("td", {}, routePill(row)),
    h("td", {}, nowIn(row)),
    h(
      "td",
      { class: "number" },
      count(row.value_at_stake === null ? null : Math.round(row.value_at_stake)),
    ),
    h("td", {}, onIt(board, row)),
    h(
      "td",
      {},
      row.next_role && row.acknowledged_at === null
        ? `${board.role(row.next_role)} ${fromNow(row.next_at, board.as_of)}`
        : "–",
    ),
  );
}

/** Return how an exception is routed, and why. */
export const routePill = (row) => pill(CLASSES[row.route_class], row.route_class, row.route_reason);

/** Return the button that tells the story of an exception, named for what it is about. */
export const storyLink = (board, row) =>
  h(
    "button",
    { class: "link", title: row.subject_id, onclick: () => board.tell(row) },
    shortId(row.subject_id),
  );

/** Say where a case is, or that it has ended. */
function nowIn(row) {
  if (row.subject_type !== "case") return `a ${row.subject_type}`;
  return row.ended_as === null ? words(row.current_state) : `ended ${row.ended_as}`;
}

/** Say who has it, or what the owner was told and when. */
export function onIt(board, row) {
  if (row.resolved_at !== null)
    return `resolved by ${row.resolved_by}, ${fromNow(row.resolved_at, board.as_of)}`;
  if (row.acknowledged_at !== null)
    return `${row.acknowledged_by}, ${fromNow(row.acknowledged_at, board.as_of)}`;
  if (row.told_at !== null) return `told ${fromNow(row.told_at, board.as_of)}, no answer`;
  const waiting = board.messages.of(row.exception_id).at(-1);
  if (waiting) return waiting.state === "outbox" ? "waits in the outbox" : waiting.state;
  return row.route_class === "record"
    ? "only recorded"
    : row.digest_at !== null
      ? `in the digest ${fromNow(row.digest_at, board.as_of)}`
      : "not told yet";
}
