// Do the rules earn their messages: what they foretell, and what became of what was told.

import * as Plot from "@observablehq/plot";
import { h, panel, empty, chart, drawn, pill, table } from "./dom.js";
import { grouped } from "./facts.js";
import { count, percent, ratio, shortened, span } from "./words.js";

const VERDICTS = { supported: "good", refuted: "bad", "too few": "unsure" };
const WIDEST = [0.1, 100];

/** Draw evidence and scorecard of the rules of a journey. */
export function rules(board, journey) {
  const rows = board.rulesOf.of(journey);
  if (!rows.length)
    return [
      panel(
        "evidence",
        "Do exceptions foretell harm?",
        null,
        empty("No rule is defined for this journey: seed exception_rules."),
      ),
    ];
  const tested = rows
    .filter((each) => each.risk_ratio !== null)
    .sort((a, b) => b.risk_ratio - a.risk_ratio);
  const used = rows.filter((each) => each.exception_count > 0);
  const untested = rows.filter((each) => each.risk_ratio === null);
  return [
    panel(
      "evidence",
      "Do exceptions foretell harm?",
      "How many times as often the objective was missed where the rule had fired, beside cases as old and as severe where it had not; with its interval. At 1 the rule says nothing.",
      tested.length
        ? drawn((width) => forest(tested, width))
        : empty("No rule has fired on enough cases that could be compared."),
      untestedList(untested),
    ),
    panel(
      "scorecard",
      "What became of the messages",
      null,
      table(
        "What became of the messages of each rule",
        [
          ["rule"],
          ["found", "number"],
          ["open", "number"],
          ["told", "number"],
          ["acted on", "number"],
          ["resolved", "number"],
          ["escalated", "number"],
          ["noise", "number"],
          ["answered after", "number"],
        ],
        used,
        (each) =>
          h(
            "tr",
            {},
            h(
              "th",
              { scope: "row" },
              each.title,
              h(
                "small",
                {},
                `${board.role(each.owner_role)}${each.stage === "live" ? "" : ` · ${each.stage}`}`,
              ),
            ),
            [
              each.exception_count,
              each.open_count,
              each.announced_count,
              each.acted_count,
              each.resolved_count,
              each.escalated_count,
            ].map((value) => h("td", { class: "number" }, count(value))),
            h("td", { class: "number" }, percent(each.noise_share, 0)),
            h("td", { class: "number" }, span(each.median_response_seconds)),
          ),
      ),
      used.length < rows.length
        ? h(
            "p",
            { class: "about" },
            `Found nothing so far: ${rows
              .filter((each) => !each.exception_count)
              .map((each) => each.title)
              .join("; ")}.`,
          )
        : null,
    ),
  ];
}

/** Name the rules that no evidence speaks of, by the reason. */
function untestedList(rows) {
  const known = rows.map((each) => ({
    reason: each.untested_reason ?? "too few cases to compare",
    title: each.title,
  }));
  return [...grouped(known, "reason").groups].map(([reason, group]) =>
    h(
      "p",
      { class: "about" },
      `Not tested, ${reason}: ${group.map((each) => each.title).join("; ")}.`,
    ),
  );
}

function forest(rows, width) {
  const narrow = width < 560;
  const clamp = (value) => Math.min(Math.max(value, WIDEST[0]), WIDEST[1]);
  const list = rows.map((each) => ({
    ...each,
    lower: clamp(each.risk_ratio_lower ?? WIDEST[0]),
    upper: clamp(each.risk_ratio_upper ?? WIDEST[1]),
    at: clamp(each.risk_ratio),
  }));
  // Two rules may have one title.
  const titles = new Map(rows.map((each) => [each.rule_id, each.title]));
  const colour = (each) => `var(--${VERDICTS[each.verdict]})`;
  const short = shortened(narrow ? 18 : 46);
  return h(
    "div",
    {},
    chart({
      width,
      height: 40 + 30 * list.length,
      marginLeft: narrow ? 140 : 310,
      marginRight: narrow ? 16 : 195,
      marginBottom: 28,
      ariaLabel: `Risk ratios: ${rows.map((each) => `${each.title} ${ratio(each.risk_ratio)}, ${each.verdict}`).join("; ")}`,
      x: {
        type: "log",
        domain: WIDEST,
        ticks: [0.1, 0.3, 1, 3, 10, 30, 100],
        tickFormat: String,
        label: null,
        grid: true,
      },
      y: {
        type: "band",
        domain: list.map((each) => each.rule_id),
        label: null,
        tickFormat: (rule) => short(titles.get(rule)),
        tickSize: 0,
      },
      marks: [
        Plot.ruleX([1], { stroke: "var(--ink)" }),
        Plot.ruleY(list, {
          y: "rule_id",
          x1: "lower",
          x2: "upper",
          stroke: colour,
          strokeWidth: 3,
          strokeLinecap: "round",
        }),
        Plot.dot(list, { y: "rule_id", x: "at", fill: colour, r: 5.5, stroke: "var(--panel)" }),
        narrow
          ? null
          : Plot.text(list, {
              y: "rule_id",
              frameAnchor: "right",
              textAnchor: "start",
              dx: 10,
              fill: "currentColor",
              text: (each) => `${each.verdict} · ${count(each.compared_count)} compared`,
            }),
        Plot.tip(
          list,
          Plot.pointer({
            y: "rule_id",
            x: "at",
            title: (each) =>
              `${each.title}\n${ratio(each.risk_ratio, 2)} times, ${ratio(each.risk_ratio_lower, 2)} to ${ratio(each.risk_ratio_upper, 2)}\n${each.verdict}: ${count(each.compared_count)} compared\n${percent(each.precision_share, 0)} of its cases turned out bad; told ${span(each.median_lead_seconds)} ahead`,
          }),
        ),
      ],
    }),
    h(
      "p",
      { class: "legend" },
      [...new Set(rows.map((each) => each.verdict))].map((each) => [
        pill(VERDICTS[each], each),
        " ",
      ]),
    ),
  );
}
