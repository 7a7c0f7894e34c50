// What is promised: which promise is in danger, since when, by what, who is on it.

import { h, panel, empty, pill, table } from "./dom.js";
import { cases, count, day, due, likeTarget, moment, percent, words } from "./words.js";

/** Return how a promise stands: its rank in the order of danger, a kind and words. */
export function standing(promise) {
  if ((promise.sli ?? null) === null) return { rank: 4, kind: "none", text: "no cases yet" };
  if (promise.is_spent) return { rank: 0, kind: "bad", text: "budget spent" };
  if (promise.firing_tiers)
    return { rank: 1, kind: "bad", text: `burning: ${promise.firing_tiers}` };
  if (promise.exhausted_at) return { rank: 2, kind: "unsure", text: "draining" };
  if (promise.verdict !== "met") return { rank: 2, kind: "unsure", text: "uncertain" };
  return { rank: 3, kind: "good", text: "holds" };
}

/** Return the promises of all journeys, the most endangered first. */
export function promisesOf(board) {
  const told = new Map(board.report.indicators.map((each) => [each.slo_id, each]));
  return board.slos
    .map((slo) => ({
      ...slo,
      ...told.get(slo.slo_id),
      exceptions: board.exceptionsOfSlo.of(slo.slo_id),
    }))
    .map((promise) => ({ ...promise, standing: standing(promise) }))
    .sort(
      (a, b) =>
        a.standing.rank - b.standing.rank || (a.remaining_share ?? 1) - (b.remaining_share ?? 1),
    );
}

/** Draw the first screen: a row for each promise. */
export function overview(board) {
  const promises = board.ranked;
  const columns = [
    ["how it stands"],
    ["promise"],
    ["budget left, cases"],
    ["goes with it"],
    ["open exceptions"],
    ["who is on it"],
    ["due next"],
  ];
  const row = (promise) =>
    h(
      "tr",
      {},
      h(
        "td",
        {},
        pill(promise.standing.kind, promise.standing.text),
        h("small", {}, since(promise, board)),
      ),
      h(
        "th",
        { scope: "row" },
        h(
          "button",
          { class: "link", onclick: () => board.show(promise.journey, `slo-${promise.slo_id}`) },
          promise.title,
        ),
        h(
          "small",
          {},
          `${likeTarget(promise.sli ?? null, promise.target)} of ${count(promise.valid_count)}, target ${likeTarget(promise.target, promise.target)} · ${board.titles.get(promise.journey)}`,
        ),
      ),
      h("td", {}, budgetBar(promise), h("small", {}, leftWords(promise))),
      h("td", {}, goesWith(board, promise)),
      h("td", {}, openOf(board, promise)),
      h("td", {}, onIt(board, promise)),
      h("td", {}, dueNext(board, promise)),
    );
  return panel(
    "promises",
    "Promises",
    "The most endangered first. Every figure is as of the build.",
    promises.length
      ? table("Promises, the most endangered first", columns, promises, row)
      : empty("No service level is defined: seed slos has no row for a journey of this log."),
  );
}

/** Say since when it stands so. */
function since(promise, board) {
  const zone = board.zones.get(promise.journey);
  if (promise.is_spent)
    return promise.last_kept
      ? `since ${day(Date.parse(promise.last_kept) / 1000 + 86400, "UTC", board.as_of)}`
      : "since the log begins";
  if (promise.burning_since) return `since ${moment(promise.burning_since, zone)}`;
  if (promise.exhausted_at)
    return `lasts until ${day(Date.parse(promise.exhausted_at) / 1000, zone, board.as_of)}`;
  return standingWords(promise);
}

function standingWords({ sli, verdict }) {
  if (sli === null) return "";
  return verdict === "too few" ? "too few cases to tell" : verdict;
}

/** Say how many bad cases are left, or how many there were too many. */
export const leftWords = ({ left_cases: left, budget_cases: budget }) =>
  left < 0 ? `${cases(-left)} over the ${cases(budget)}` : `${cases(left)} of ${cases(budget)}`;

/** Draw what is left of a budget, and what is overdrawn. */
function budgetBar({ remaining_share: share, title }) {
  if (share === null || share === undefined) return h("span", {}, "–");
  const kind = share <= 0 ? "bad" : share < 0.25 ? "unsure" : "good";
  return h(
    "div",
    {
      class: `bar ${kind}`,
      role: "img",
      "aria-label": `${title}: ${percent(share, 0)} of the budget left`,
    },
    h("i", { style: { width: `${Math.min(100, Math.max(0, 100 * share))}%` } }),
  );
}

/** Name what is more frequent among its bad cases than luck explains. */
function goesWith(board, promise) {
  const found = board.attributions.of(promise.slo_id)[0];
  const factor = board.factors.of(promise.slo_id)[0];
  if (!found && !factor) return h("small", {}, "nothing stands out");
  if (found)
    return h(
      "span",
      {},
      cutWords(found),
      h(
        "small",
        {},
        `${percent(found.bad_share, 0)} of the bad, ${percent(found.good_share, 0)} of the good cases`,
      ),
    );
  return h(
    "span",
    {},
    factorWords(factor),
    h(
      "small",
      {},
      `${percent(factor.bad_share, 0)} bad with it, ${percent(factor.other_bad_share, 0)} without`,
    ),
  );
}

/** Say what a cut's value is: `state: in progress`. */
export const cutWords = (found) =>
  `${words(found.cut.replace("attributes.", ""))}: ${words(found.cut_title)}`;

/** Say what a factor is: `step that is missing: packed`. */
export const factorWords = (factor) =>
  `${words(factor.factor_kind)}: ${words(factor.factor_value)}`;

function openOf(board, promise) {
  const { exceptions } = promise;
  if (!exceptions.length) return h("small", {}, "none");
  const overdue = exceptions.filter((each) => isOverdue(each, board.as_of)).length;
  return h(
    "span",
    {},
    count(exceptions.length),
    overdue
      ? h("small", { class: "bad" }, `${count(overdue)} overdue`)
      : h("small", {}, "none overdue"),
  );
}

/** Whether nobody has answered until it was due. */
export const isOverdue = (exception, asOf) =>
  isAwaited(exception) && exception.respond_by_at !== null && exception.respond_by_at < asOf;

/** Whether an answer is asked for, and nobody has given one. */
export const isAwaited = (exception) =>
  exception.route_class !== "record" &&
  exception.acknowledged_at === null &&
  exception.resolved_at === null;

/** Name who has taken what is open, or else who should. */
function onIt(board, { exceptions, owner_role: owner }) {
  const taken = [...new Set(exceptions.map((each) => each.acknowledged_by).filter(Boolean))];
  const asked = exceptions.filter(isAwaited);
  const owners = [...new Set(asked.map((each) => board.role(each.owner_role)))];
  const names =
    owners.length > 2
      ? `${owners.slice(0, 2).join(", ")} and ${owners.length - 2} more`
      : owners.join(", ");
  if (taken.length)
    return h(
      "span",
      {},
      taken.join(", "),
      owners.length ? h("small", {}, `others: ${names}`) : null,
    );
  if (!asked.length) return h("span", {}, board.role(owner), h("small", {}, "nothing to answer"));
  const told = asked.filter((each) => each.told_at !== null).length;
  return h(
    "span",
    {},
    "nobody",
    told
      ? h("small", {}, `asked: ${names}, of ${count(told)}`)
      : h("small", {}, `not told; owners: ${names}`),
  );
}

function dueNext(board, promise) {
  const next = promise.exceptions.find(
    (each) => isAwaited(each) && each.respond_by_at >= board.as_of,
  );
  const deadline = promise.next_deadline_at;
  return h(
    "span",
    {},
    next ? h("span", {}, `answer ${due(next.respond_by_at, board.as_of)}`) : null,
    deadline !== null && deadline !== undefined
      ? h(
          "small",
          {},
          `next deadline ${due(deadline, board.as_of)}; ${count(promise.due_soon_count)} within 24 h${promise.late_count ? `; ${count(promise.late_count)} late, bad already` : ""}`,
        )
      : h("small", {}, "no deadline ahead"),
  );
}
