// One promise in full: its budget, its bad cases, how fast it burns, and what goes with it.

import * as Plot from "@observablehq/plot";
import { h, empty, chart, drawn, pill } from "./dom.js";
import { cases, count, dayAt, likeTarget, moment, percent, ratio, words } from "./words.js";
import { cutWords, factorWords } from "./promises.js";

const LOWEST = -1;
const VERDICTS = { met: "good", missed: "bad", "too few": "unsure" };

/** Draw one promise in full. */
export function promiseCard(board, promise) {
  const zone = board.zones.get(promise.journey);
  const days = board.budget_days.of(promise.slo_id);
  const title = `slo-${promise.slo_id}-title`;
  return h(
    "article",
    { class: "card", id: `slo-${promise.slo_id}`, "aria-labelledby": title, tabindex: "-1" },
    h("h4", { id: title }, promise.title, " ", pill(promise.standing.kind, promise.standing.text)),
    h(
      "dl",
      { class: "figures" },
      figure(
        likeTarget(promise.sli ?? null, promise.target),
        `good of ${count(promise.valid_count)} cases in ${promise.window_days} days; target ${likeTarget(promise.target, promise.target)}`,
      ),
      figure(
        cases(promise.left_cases < 0 ? -promise.left_cases : promise.left_cases),
        promise.left_cases < 0
          ? `more bad cases than the ${cases(promise.budget_cases)} allowed`
          : `bad cases left of the ${cases(promise.budget_cases)} allowed`,
      ),
      figure(
        pill(VERDICTS[promise.verdict] ?? "none", promise.verdict ?? "–"),
        verdictWords(promise),
      ),
      figure(ratio(promise.burn_rate_7d), "budget burns, last 7 days; at 1 it is used up exactly"),
    ),
    promise.thresholds ? h("p", { class: "about" }, thresholdWords(promise)) : null,
    days.length
      ? [
          h("h5", {}, "Budget left"),
          drawn((width) => budgetChart(promise, days, board, width)),
          h(
            "p",
            { class: "legend" },
            "strip: the verdict of each day, ",
            key("good", "met"),
            key("unsure", "too few"),
            key("bad", "missed"),
            promise.exhausted_at ? " · dashed: as it goes on at this pace" : null,
          ),
          h("h5", {}, "Bad cases a day"),
          drawn((width) => badChart(promise, days, width)),
          h("p", { class: "legend" }, "line: as many as the target allows of the day's cases"),
        ]
      : empty("No case has counted yet, so there is no budget: a case counts at its deadline."),
    h("h5", {}, "How fast the budget burns, in the long and the short window"),
    tiers(board.tiers.of(promise.slo_id)),
    h("h5", {}, "What goes with bad cases"),
    causes(board, promise),
    h(
      "p",
      { class: "about" },
      `Judged ${moment(Date.parse(board.report.as_of) / 1000, zone)} ${zone}; ${count(promise.pending_count)} cases are pending, for their deadline is ahead; ${count(promise.excluded_count)} excluded.`,
    ),
  );
}

const figure = (value, meaning) => h("div", {}, h("dt", {}, value), h("dd", {}, meaning));
const key = (kind, text) => h("span", { class: `key ${kind}` }, text);

/** Say what is in time, on whose clock. */
function thresholdWords({ thresholds, indicator, calendar }) {
  const clock = calendar === null ? "" : ` (clock: ${words(calendar)})`;
  return indicator === "outcome"
    ? `Where a case has no due time of its own, it is due after ${thresholds}${clock}.`
    : `In time: ${thresholds}${clock}.`;
}

function verdictWords({ verdict, cases_to_verdict: wanted, valid_count: valid }) {
  if (verdict === "met" || verdict === "missed") return "luck hardly explains it";
  return wanted
    ? `to tell; ${count(wanted)} more, all good, would make it met`
    : `${count(valid)} cases cannot tell`;
}

function budgetChart(promise, days, board, width) {
  // Further below it would press flat what matters; the figure itself is in the tip.
  const shown = (share) => (share === null ? null : Math.max(share, LOWEST));
  const rows = days.map((each) => ({
    ...each,
    at: dayAt(each.counted_date),
    shown: shown(each.remaining_share),
  }));
  const lowest = Math.min(0, ...rows.map((each) => each.shown ?? 0));
  const last = { ...rows.at(-1), at: new Date(board.as_of * 1000) };
  const line = [...rows, last];
  const end = promise.exhausted_at ? new Date(promise.exhausted_at) : null;
  // Of a budget that lasts for years the beginning of the line is enough.
  const until = end && new Date(Math.min(end, +last.at + promise.window_days * 864e5));
  const strip = (lowest < 0 ? lowest : 0) - 0.06 * (1 - lowest);
  const floor = strip - 0.07 * (1 - lowest);
  return chart({
    width,
    height: 164,
    marginLeft: 52,
    marginRight: 10,
    marginBottom: 34,
    ariaLabel: `Budget left of ${promise.title} by day: ${percent(rows[0].remaining_share, 0)} on ${rows[0].counted_date}, ${percent(last.remaining_share, 0)} on ${last.counted_date}`,
    x: {
      type: "utc",
      label: null,
      ticks: Math.max(2, Math.floor(width / 90)),
      domain: [rows[0].at, until ?? new Date(+rows.at(-1).at + 864e5)],
    },
    y: {
      label: null,
      domain: [floor, Math.max(1, ...rows.map((each) => each.shown ?? 0))],
      tickFormat: (share) => `${share === LOWEST ? "≤ " : ""}${Math.round(100 * share)} %`,
      ticks: [...new Set([lowest < -0.05 ? lowest : 0, 0, 0.5, 1])],
      grid: true,
    },
    marks: [
      Plot.areaY(line, {
        x: "at",
        y: "shown",
        curve: "step-after",
        fill: "var(--line)",
        fillOpacity: 0.14,
      }),
      Plot.lineY(line, {
        x: "at",
        y: "shown",
        curve: "step-after",
        stroke: "var(--line)",
        strokeWidth: 1.8,
      }),
      end
        ? Plot.line(
            [
              [last.at, last.shown],
              [until, last.shown * (1 - (until - last.at) / (end - last.at))],
            ],
            { stroke: "var(--bad)", strokeDasharray: "4 3", strokeWidth: 1.5 },
          )
        : null,
      Plot.ruleY([0], { stroke: "var(--bad)", strokeOpacity: 0.8 }),
      Plot.rect(rows, {
        x1: "at",
        x2: (each) => new Date(+each.at + 864e5),
        y1: strip,
        y2: floor,
        fill: (each) => `var(--${VERDICTS[each.verdict] ?? "none"})`,
        inset: 0,
      }),
      Plot.tip(
        rows,
        Plot.pointerX({
          x: "at",
          y: "shown",
          title: (each) =>
            `${each.counted_date}\n${cases(each.left_cases)} of ${cases(each.budget_cases)} cases left\n${each.verdict}`,
        }),
      ),
    ],
  });
}

function badChart(promise, days, width) {
  const rows = days.map((each) => ({
    ...each,
    at: dayAt(each.counted_date),
    next: new Date(+dayAt(each.counted_date) + 864e5),
  }));
  const total = rows.reduce((sum, each) => sum + (each.bad_count ?? 0), 0);
  return chart({
    width,
    height: 108,
    marginLeft: 52,
    marginRight: 10,
    marginBottom: 34,
    ariaLabel: `Bad cases of ${promise.title} by day, ${count(total)} in ${count(rows.length)} days, against what the target allows`,
    x: { type: "utc", label: null, ticks: Math.max(2, Math.floor(width / 90)) },
    y: { label: null, ticks: 3, grid: true },
    marks: [
      Plot.rectY(rows, {
        x1: "at",
        x2: "next",
        y: "bad_count",
        fill: (each) => (each.bad_count > each.allowed_count ? "var(--bad)" : "var(--quiet)"),
        insetLeft: 0.5,
        insetRight: 0.5,
      }),
      Plot.lineY(rows, {
        x: "at",
        y: "allowed_count",
        curve: "step-after",
        stroke: "var(--ink)",
        strokeWidth: 1,
      }),
      Plot.ruleY([0], { stroke: "var(--edge)" }),
      Plot.tip(
        rows,
        Plot.pointerX({
          x: "at",
          y: "bad_count",
          title: (each) =>
            `${each.counted_date}\n${count(each.bad_count)} bad of ${count(each.valid_count)}\n${cases(each.allowed_count)} allowed`,
        }),
      ),
    ],
  });
}

/** Draw burn rates against what lifts an exception, long window and short. */
function tiers(rows) {
  if (!rows.length) return empty("No burn tier is defined for it.");
  const most = Math.max(
    ...rows.map((each) =>
      Math.max(each.burn_threshold * 1.5, each.long_burn_rate ?? 0, each.short_burn_rate ?? 0),
    ),
  );
  const width = (rate) => ({ width: `${(100 * (rate ?? 0)) / most}%` });
  return h(
    "ul",
    { class: "tiers" },
    rows.map((each) =>
      h(
        "li",
        { title: each.reason },
        h(
          "span",
          { class: "name" },
          each.tier,
          h("small", {}, `${each.long_hours} h and ${each.short_hours} h`),
        ),
        h(
          "span",
          { class: "bullet", "aria-hidden": "true" },
          h("i", { class: "long", style: width(each.long_burn_rate) }),
          h("i", { class: "short", style: width(each.short_burn_rate) }),
          h("b", { style: { left: `${(100 * each.burn_threshold) / most}%` } }),
        ),
        h(
          "span",
          { class: "value" },
          `${ratio(each.long_burn_rate)}, ${ratio(each.short_burn_rate)} · fires at ${ratio(each.burn_threshold)}`,
        ),
        each.is_firing
          ? pill("bad", "fires")
          : each.is_frozen
            ? pill("unsure", "frozen")
            : h("small", {}, "silent"),
        each.long_burn_rate >= each.burn_threshold && !each.is_firing
          ? h("small", { class: "why" }, each.reason)
          : null,
      ),
    ),
  );
}

const timesWords = (factor) =>
  factor.risk_ratio === null
    ? ""
    : `: ${ratio(factor.risk_ratio)} times (${ratio(factor.risk_ratio_lower)} to ${ratio(factor.risk_ratio_upper)})`;

/** List what stands out among causes. */
function causes(board, promise) {
  const shares = [
    ...board.attributions.of(promise.slo_id).flatMap((each) => [each.bad_share, each.good_share]),
    ...board.factors.of(promise.slo_id).flatMap((each) => [each.bad_share, each.other_bad_share]),
  ];
  const most = Math.max(...shares, 0.01);
  const part = (share) => ({ width: `${(100 * share) / most}%` });
  const attributed = board.attributions.of(promise.slo_id).map((each) =>
    h(
      "li",
      {},
      h("span", {}, cutWords(each)),
      h(
        "span",
        {
          class: "pair",
          role: "img",
          "aria-label": `${percent(each.bad_share, 0)} of the bad cases, ${percent(each.good_share, 0)} of the good ones`,
        },
        h("i", { class: "bad", style: part(each.bad_share) }),
        h("i", { class: "quiet", style: part(each.good_share) }),
      ),
      h(
        "small",
        {},
        `${percent(each.bad_share, 0)} of the bad, ${percent(each.good_share, 0)} of the good; ${cases(each.excess_count)} more bad cases than expected`,
      ),
    ),
  );
  const factors = board.factors.of(promise.slo_id).map((each) =>
    h(
      "li",
      {},
      h("span", {}, factorWords(each)),
      h(
        "span",
        {
          class: "pair",
          role: "img",
          "aria-label": `${percent(each.bad_share, 0)} bad with it, ${percent(each.other_bad_share, 0)} without`,
        },
        h("i", { class: "bad", style: part(each.bad_share) }),
        h("i", { class: "quiet", style: part(each.other_bad_share) }),
      ),
      h(
        "small",
        {},
        `${percent(each.bad_share, 0)} bad with it, ${percent(each.other_bad_share, 0)} without${timesWords(each)}, ${count(each.case_count)} cases${each.reverses ? `; turns round within ${words(each.reverses)}` : ""}`,
      ),
    ),
  );
  if (!attributed.length && !factors.length)
    return empty("Nothing is more frequent among the bad cases than luck explains.");
  return [
    attributed.length
      ? h(
          "ul",
          { class: "causes", "aria-label": "more frequent among bad cases than among good ones" },
          attributed,
        )
      : null,
    factors.length
      ? h(
          "ul",
          { class: "causes", "aria-label": "cases that are bad more often with it than without" },
          factors,
        )
      : null,
  ];
}
