// How long cases stay in a state, and where a rule draws its line.

import * as Plot from "@observablehq/plot";
import { h, panel, empty, chart, drawn } from "./dom.js";
import { count, percent, span, words } from "./words.js";

const UNITS = [
  [31536000, "y"],
  [86400, "d"],
  [3600, "h"],
  [60, "min"],
  [1, "s"],
];

/**
 * Return the seconds at which spans begin or end, from 0, and beyond all of them the
 * thresholds of rules.
 */
export function boundsOf({ spans, states }) {
  const ends = [0, ...spans.flatMap((each) => [each.from_seconds, each.to_seconds])];
  const furthest = Math.max(...ends);
  const thresholds = states.map((each) => each.threshold_seconds);
  const beyond = thresholds.filter((each) => each > furthest);
  return [...new Set([...ends, ...beyond])].filter((each) => each !== null).sort((a, b) => a - b);
}

/** Draw the states of a journey in which cases wait. */
export function states(board, journey) {
  const rows = board.statesOf.of(journey);
  if (!rows.length)
    return panel(
      "states",
      "How long cases wait",
      null,
      empty(
        "No event of this journey enters a state: seed journey_events names none, or no case has been in one.",
      ),
    );
  return panel(
    "states",
    "How long cases wait",
    "Visits by how long they lasted; dark ones go on and are as old as they are. Blue: half have ended by then, and nine of ten (left out where the chart is on another clock). Red: the threshold of the rule that watches the state, on the rule's clock.",
    h(
      "div",
      { class: "multiples" },
      rows.map((each) => stateCard(board, each)),
    ),
  );
}

function stateCard(board, state) {
  const watched = state.rule_id !== null;
  const clock = watched ? "rule" : "business";
  const spans = board.spans.of(state.journey, state.state, clock);
  const calendar = watched ? state.rule_calendar : state.calendar;
  const figures = `half within ${span(state.median_business_seconds)}, nine of ten within ${span(state.p90_business_seconds)} (${words(state.calendar)})`;
  return h(
    "article",
    { class: "state" },
    h(
      "h4",
      {},
      words(state.state),
      h(
        "small",
        {},
        ` ${count(state.visit_count)} visits, ${count(state.open_count)} now, ${percent(state.time_share)} of the time`,
      ),
    ),
    spans.length
      ? drawn((width) => histogram(state, spans, clock, width))
      : empty("No visit has lasted at all."),
    h(
      "p",
      { class: "about" },
      figures,
      watched
        ? `; ${state.rule_title}: ${span(state.threshold_seconds)} on the clock ${words(calendar)}, which is the chart's`
        : "; no latency rule watches it",
      state.oldest_case_id
        ? `; ${state.oldest_case_id} waits longest, ${span(state.oldest_seconds)}`
        : "",
    ),
  );
}

function histogram(state, spans, clock, width) {
  const all = spans[0].bounds;
  const used = spans.map((each) => all.indexOf(each.from_seconds));
  const line =
    state.threshold_seconds === null ? [] : [Math.floor(at(all, state.threshold_seconds))];
  const first = Math.min(...used, ...line);
  const last = Math.min(Math.max(...used, ...line), all.length - 1);
  const marks =
    clock === "rule" && state.rule_calendar !== state.calendar
      ? []
      : [state.median_business_seconds, state.p90_business_seconds];
  const index = new Map(spans.map((each) => [all.indexOf(each.from_seconds), each]));
  const bars = [];
  for (let place = first; place <= last; place += 1)
    bars.push({ place, visit_count: 0, open_count: 0, ...index.get(place) });
  const every = Math.ceil((last - first + 2) / Math.max(2, Math.floor(width / 52)));
  return chart({
    width,
    height: 110,
    marginLeft: 20,
    marginRight: 20,
    marginBottom: 22,
    marginTop: 8,
    ariaLabel: `How long visits to ${words(state.state)} last: ${spans.map((each) => `${count(each.visit_count + each.open_count)} from ${bound(each.from_seconds)}`).join(", ")}`,
    x: {
      domain: [first, last + 1],
      ticks: bars.map((each) => each.place).filter((place) => (place - first) % every === 0),
      tickFormat: (place) => bound(all[place]),
      label: null,
    },
    y: { axis: null },
    marks: [
      Plot.rectY(bars, {
        x1: "place",
        x2: (each) => each.place + 1,
        y: "visit_count",
        fill: "var(--quiet)",
        insetRight: 1,
      }),
      Plot.rectY(bars, {
        x1: "place",
        x2: (each) => each.place + 1,
        y1: "visit_count",
        y2: (each) => each.visit_count + each.open_count,
        fill: "var(--ink)",
        insetRight: 1,
      }),
      Plot.ruleX(
        marks.filter((each) => each !== null).map((each) => at(all, each)),
        { stroke: "var(--line)", strokeWidth: 2 },
      ),
      state.threshold_seconds === null
        ? null
        : Plot.ruleX([at(all, state.threshold_seconds)], { stroke: "var(--bad)", strokeWidth: 2 }),
      Plot.ruleY([0], { stroke: "var(--edge)" }),
      Plot.tip(
        bars,
        Plot.pointerX({
          x: (each) => each.place + 0.5,
          y: "visit_count",
          title: (each) =>
            `${bound(all[each.place])} to ${all[each.place + 1] === undefined ? "longer" : bound(all[each.place + 1])}\n${count(each.visit_count)} visits ended\n${count(each.open_count)} go on`,
        }),
      ),
    ],
  });
}

/** Return where seconds lie between the bounds, which are as far apart as any two. */
function at(bounds, seconds) {
  const after = bounds.findIndex((each) => each > seconds);
  if (after < 0) return bounds.length - 1;
  const [from, to] = [Math.max(bounds[after - 1], 0.5), bounds[after]];
  return after - 1 + Math.max(0, Math.log(Math.max(seconds, 0.5) / from) / Math.log(to / from));
}

function bound(seconds) {
  if (seconds === 0) return "0";
  const [length, unit] = UNITS.find(([each]) => seconds >= each);
  return `${Math.round(seconds / length)} ${unit}`;
}
