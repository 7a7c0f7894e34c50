// Week by week, and what the log itself is worth.

import * as Plot from "@observablehq/plot";
import { h, panel, empty, chart, drawn, table } from "./dom.js";
import { count, dayAt, moment, percent, span } from "./words.js";

/** Draw lead time, change failures and time to restore of a journey by week. */
export function weeks(board, journey) {
  const rows = board.weeksOf.of(journey).map((each) => ({ ...each, at: dayAt(each.week_date) }));
  if (!rows.length)
    return panel(
      "weeks",
      "Week by week",
      null,
      empty("No case has ended and nothing was detected yet."),
    );
  const chart = (title, name, format, about) =>
    h(
      "article",
      {},
      h("h4", {}, title),
      h("p", { class: "about" }, about),
      rows.some((each) => each[name] !== null)
        ? drawn((width) => weekChart(rows, name, title, format, width))
        : empty("No week has a figure yet."),
    );
  return panel(
    "weeks",
    "Week by week",
    "A hollow mark is the week that is not over; without a mark nobody can tell yet.",
    h(
      "div",
      { class: "multiples" },
      chart("Lead time", "median_lead_seconds", span, "median of the cases that ended in the week"),
      chart(
        "Change failures",
        "change_failure_share",
        (value) => percent(value),
        "share of them with rework, reopening or escalation",
      ),
      chart(
        "Time to restore",
        "median_restore_seconds",
        span,
        "median from detection to resolution; what is open counts as lasting longer",
      ),
    ),
  );
}

function weekChart(rows, name, title, format, width) {
  const known = rows.filter((each) => each[name] !== null);
  const top = Math.max(...known.map((each) => each[name]));
  return chart({
    width,
    height: 140,
    marginLeft: 52,
    marginRight: 12,
    marginBottom: 34,
    ariaLabel: `${title} by week: ${known.map((each) => `${each.week_date} ${format(each[name])}${each.is_complete ? "" : " so far"}`).join(", ")}`,
    x: { type: "utc", label: null, ticks: Math.max(2, Math.floor(width / 80)) },
    y: {
      label: null,
      domain: [0, top || 1],
      ticks: [0, top / 2, top],
      tickFormat: format,
      grid: true,
    },
    marks: [
      Plot.lineY(rows, { x: "at", y: name, stroke: "var(--line)", strokeWidth: 1.8 }),
      Plot.dot(known, {
        x: "at",
        y: name,
        r: 3.5,
        fill: (each) => (each.is_complete ? "var(--line)" : "var(--panel)"),
        stroke: "var(--line)",
        strokeWidth: 1.8,
      }),
      Plot.tip(
        known,
        Plot.pointerX({
          x: "at",
          y: name,
          title: (each) =>
            `week of ${each.week_date}${each.is_complete ? "" : ", not over"}\n${format(each[name])}\n${count(each.ended_count)} ended, ${count(each.detected_count)} detected`,
        }),
      ),
    ],
  });
}

/** Show what became of the rows of the log, and what it and the definitions do not agree on. */
export function log(board, journey) {
  const zone = board.zones.get(journey);
  const rows = board.logsOf.of(journey);
  const warnings = board.warningsOf.of(journey);
  return panel(
    "log",
    "The log",
    null,
    rows.length
      ? table(
          "What became of the rows of the log",
          [
            ["source"],
            ["rows", "number"],
            ["accepted", "number"],
            ["quarantined", "number"],
            ["redelivered", "number"],
            ["later than the build", "number"],
            ["undefined events", "number"],
            ["late", "number"],
            ["last landed"],
          ],
          rows,
          (each) =>
            h(
              "tr",
              {},
              h("th", { scope: "row" }, each.source_model),
              [
                each.raw_count,
                each.accepted_count,
                each.quarantined_count,
                each.redelivered_count,
                each.not_yet_count,
                each.undefined_event_count,
                each.late_count,
              ].map((value) => h("td", { class: "number" }, count(value))),
              h("td", {}, moment(each.last_loaded_at, zone)),
            ),
        )
      : empty("No row of this journey is in the log."),
    warnings.length
      ? h(
          "ul",
          { class: "warnings" },
          warnings.map((each) => h("li", {}, each.message)),
        )
      : h("p", { class: "about" }, "Log and definitions agree."),
  );
}
