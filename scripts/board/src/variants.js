// Ways that cases go: chevrons, the most frequent first.

import { h, panel, empty, pill } from "./dom.js";
import { count, percent, span, words } from "./words.js";

const FIRST = 10;
const TONES = 10;

/** Draw the most frequent variants of a journey, and the happy path. */
export function variants(board, journey) {
  const rows = board.variantsOf.of(journey);
  if (!rows.length)
    return panel(
      "variants",
      "Ways that cases go",
      null,
      empty("No case of this journey is in the log."),
    );
  const tones = new Map(
    board.activitiesOf.of(journey).map((each, index) => [each.event_name, index % TONES]),
  );
  const list = h(
    "ol",
    { class: "variants" },
    rows.slice(0, FIRST).map((each) => variantRow(board, each, tones)),
  );
  const about = board.journeys.find((each) => each.journey === journey);
  const shownCases = rows.reduce((sum, each) => sum + each.case_count, 0);
  const rest = about.variant_count - rows.length;
  const more = h(
    "button",
    {
      class: "link",
      onclick: () => {
        list.append(...rows.slice(FIRST).map((each) => variantRow(board, each, tones)));
        more.remove();
      },
    },
    `show ${count(rows.length - FIRST)} more`,
  );
  return panel(
    "variants",
    "Ways that cases go",
    "The most frequent, the happy path, and the first that leave the reference path. Green ended good, red ended bad, grey are open or neither; a case that ended good may have missed a promise all the same, as stands below its way. Shares are of the cases that have ended.",
    list,
    rows.length > FIRST ? more : null,
    rest > 0
      ? h(
          "p",
          { class: "about" },
          `${count(rest)} other ways, of ${count(about.case_count - shownCases)} cases, are in dim_variants.`,
        )
      : null,
  );
}

function variantRow(board, variant, tones) {
  const { case_count: all, good_count: good, bad_count: bad, open_count: open } = variant;
  const steps = board.steps.of(variant.journey, variant.variant_id);
  const part = (each) => ({ width: `${(100 * each) / all}%` });
  const outcomes = board.variant_outcomes
    .of(variant.journey, variant.variant_id)
    .filter((each) => each.valid_count > 0);
  return h(
    "li",
    {},
    h(
      "div",
      { class: "about-variant" },
      h("strong", {}, count(all)),
      ` ${all === 1 ? "case" : "cases"} · ${percent(variant.case_share)} · ${span(variant.median_seconds)} `,
      variant.is_happy_path
        ? pill("good", "happy path")
        : variant.is_on_reference
          ? null
          : pill("unsure", "off the path"),
      h(
        "div",
        {
          class: "stack",
          role: "img",
          "aria-label": `${count(good)} good, ${count(bad)} bad, ${count(open)} open`,
        },
        h("i", { class: "good", style: part(good) }),
        h("i", { class: "bad", style: part(bad) }),
        h("i", { class: "none", style: part(all - good - bad) }),
      ),
      h("small", {}, `${count(good)} good, ${count(bad)} bad, ${count(open)} open`),
    ),
    h(
      "div",
      {},
      h(
        "ol",
        { class: "chevrons" },
        steps.map((each) =>
          h("li", { class: `tone-${tones.get(each.event_name) ?? 0}` }, words(each.event_name)),
        ),
        variant.event_count > steps.length
          ? h("li", { class: "rest" }, `and ${count(variant.event_count - steps.length)} more`)
          : null,
      ),
      outcomes.length
        ? h(
            "small",
            { class: "missed" },
            "missed: ",
            outcomes.map(
              (each, index) =>
                `${index ? " · " : ""}${board.slo(each.slo_id)} ${percent(each.bad_share)} (${percent(each.bad_share_lower)} to ${percent(each.bad_share_upper)})`,
            ),
          )
        : null,
    ),
  );
}
