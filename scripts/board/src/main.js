// The board: unpack the marts, show a journey, keep the address in step.

import { readFacts, grouped } from "./facts.js";
import { h, whole } from "./dom.js";
import { count, knownZone, moment, span, tellBuild } from "./words.js";
import { overview, promisesOf, isOverdue } from "./promises.js";
import { promiseCard } from "./promise.js";
import { openExceptions } from "./exceptions.js";
import { dueNext, untold } from "./due.js";
import { processMap } from "./map.js";
import { variants } from "./variants.js";
import { boundsOf, states } from "./states.js";
import { rules } from "./rules.js";
import { weeks, log } from "./weeks.js";
import { storyDialog, tell } from "./story.js";
import { keepFresh, age } from "./fresh.js";

const SECTIONS = {
  "": "promises",
  open: "exceptions",
  map: "map",
  variants: "ways",
  states: "waiting",
  evidence: "rules",
  weeks: "weeks",
  log: "log",
};

start().catch((error) => {
  document
    .getElementById("board")
    .replaceChildren(
      h(
        "p",
        { class: "empty" },
        `This page cannot be drawn: ${error.message}. It needs a browser of 2024 or newer.`,
      ),
    );
  throw error;
});

async function start() {
  const board = arranged(await readFacts());
  const root = document.getElementById("board");
  const dialog = storyDialog(board);
  const main = h("main", { id: "journey", tabindex: "-1" });
  const tabs = h("nav", { class: "tabs", "aria-label": "Journeys" });
  root.replaceChildren(
    head(board),
    h(
      "div",
      { class: "page" },
      h("p", { id: "gone", role: "status" }),
      untold(board),
      whole(() => overview(board)),
      whole(() => dueNext(board)),
      tabs,
      main,
    ),
    dialog,
  );

  const gone = root.querySelector("#gone");
  const byId = new Map(board.exceptions.map((each) => [each.exception_id, each]));
  let shown = null;
  const draw = (journey) => {
    if (journey === undefined)
      main.replaceChildren(
        h(
          "p",
          { class: "empty" },
          "No journey is defined: seed journeys has no row, or the log none of its events.",
        ),
      );
    if (journey === shown || journey === undefined) return;
    shown = journey;
    tabs.replaceChildren(...board.journeys.map((each) => tab(board, each, journey)));
    main.replaceChildren(...journeyParts(board, journey));
    main.setAttribute("aria-label", board.titles.get(journey));
  };
  const follow = () => {
    gone.textContent = "";
    const [journey, id] = addressed();
    draw(board.titles.has(journey) ? journey : board.first);
    if (byId.has(id)) tell(board, dialog, byId.get(id));
    else if (dialog.open) dialog.close();
    else if (id) {
      const part = document.getElementById(id);
      if (part) part.scrollIntoView();
      else gone.textContent = "What this address is of is no longer open.";
    }
  };
  board.show = (journey, id) => go([journey, id ?? ""], follow);
  board.tell = (exception) => go([exception.journey, exception.exception_id], follow);
  board.forget = () =>
    byId.has(addressed()[1]) && history.replaceState(null, "", `#${encodeURIComponent(shown)}`);
  addEventListener("hashchange", follow);
  follow();
  root.setAttribute("aria-busy", "false");
  keepFresh();
}

/** Return the parts of the address: a journey, and what of it. */
function addressed() {
  return location.hash.slice(1).split("/").map(decoded);
}

/** Return what a part of an address says; as it is where somebody has cut it short. */
function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function go(address, follow) {
  const hash = `#${address.map(encodeURIComponent).join("/")}`;
  if (location.hash === hash) follow();
  else location.hash = hash;
}

/** Return the tables so as the parts ask for them. */
function arranged(told) {
  const by = (name, ...keys) => grouped(told[name], ...keys);
  tellBuild(told.as_of);
  for (const each of told.journeys) {
    each.timezone = knownZone(each.timezone ?? "UTC");
    each.title ??= each.journey;
  }
  for (const each of told.exceptions) each.rule_title ??= each.rule_id;
  for (const each of told.rules) each.title ??= each.rule_id;
  for (const each of told.slos) each.title ??= each.slo_id;
  const roles = new Map(told.roles.map((each) => [each.owner_role, each.title]));
  const slos = new Map(told.slos.map((each) => [each.slo_id, each.title]));
  const bounds = boundsOf(told);
  for (const each of told.spans) each.bounds = bounds;
  const board = {
    ...told,
    titles: new Map(told.journeys.map((each) => [each.journey, each.title])),
    zones: new Map(told.journeys.map((each) => [each.journey, each.timezone])),
    role: (name) => roles.get(name) ?? name,
    slo: (name) => slos.get(name) ?? name,
    budget_days: by("budget_days", "slo_id"),
    tiers: by("tiers", "slo_id"),
    attributions: by("attributions", "slo_id"),
    factors: by("factors", "slo_id"),
    exceptionsOf: by("exceptions", "journey"),
    exceptionsOfSlo: by("exceptions", "slo_id"),
    exception_cases: by("exception_cases", "exception_id"),
    events: by("events", "journey", "case_id"),
    promises: by("promises", "journey", "case_id"),
    messages: by("messages", "exception_id"),
    answers: by("answers", "exception_id"),
    activitiesOf: by("activities", "journey"),
    edgesOf: by("edges", "journey"),
    variantsOf: by("variants", "journey"),
    steps: by("steps", "journey", "variant_id"),
    variant_outcomes: by("variant_outcomes", "journey", "variant_id"),
    statesOf: by("states", "journey"),
    spans: by("spans", "journey", "state", "clock"),
    rulesOf: by("rules", "journey"),
    weeksOf: by("weeks", "journey"),
    logsOf: by("logs", "journey"),
    warningsOf: by("warnings", "journey"),
  };
  board.ranked = promisesOf(board);
  board.first = board.ranked[0]?.journey ?? told.journeys[0]?.journey;
  return board;
}

function head(board) {
  const zone = board.zones.get(board.first) ?? "UTC";
  return h(
    "header",
    { class: "top" },
    h("h1", {}, "offpath"),
    h(
      "p",
      { class: "clock" },
      h("strong", {}, `as of ${moment(board.as_of, zone, true)}`),
      ` ${zone}`,
    ),
    age(board),
    h(
      "button",
      { class: "theme", "aria-label": "change between light and dark", onclick: changeTheme },
      "◐",
    ),
  );
}

function changeTheme() {
  const root = document.documentElement;
  const isDark = root.dataset.theme
    ? root.dataset.theme === "dark"
    : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = isDark ? "light" : "dark";
}

function tab(board, journey, shown) {
  const rows = board.exceptionsOf.of(journey.journey);
  const overdue = rows.filter((each) => isOverdue(each, board.as_of)).length;
  return h(
    "button",
    {
      "aria-current": journey.journey === shown ? "true" : null,
      onclick: () => board.show(journey.journey),
    },
    journey.title,
    h("small", {}, ` ${count(rows.length)} open${overdue ? `, ${count(overdue)} overdue` : ""}`),
  );
}

function journeyParts(board, journey) {
  const promises = board.ranked.filter((each) => each.journey === journey);
  const about = board.journeys.find((each) => each.journey === journey);
  const silent = about.last_landed_at === null ? null : board.as_of - about.last_landed_at;
  return [
    h(
      "header",
      { class: "journey" },
      h("h2", {}, about.title),
      h(
        "p",
        { class: "about" },
        `${about.owner_title}; times are those of ${about.timezone}. ${count(about.event_count)} events, the last landed ${silent === null ? "never" : `${span(silent)} before the build`}.`,
      ),
      h(
        "nav",
        { class: "within", "aria-label": "Parts" },
        Object.entries(SECTIONS).map(([id, title]) =>
          h(
            "button",
            {
              class: "link",
              onclick: () =>
                document.getElementById(id || "cards")?.scrollIntoView({ behavior: "smooth" }),
            },
            title,
          ),
        ),
      ),
    ),
    h(
      "div",
      { class: "cards", id: "cards" },
      promises.length
        ? promises.map((each) => whole(() => promiseCard(board, each)))
        : h("p", { class: "empty" }, "No service level is defined for this journey."),
    ),
    [openExceptions, processMap, variants, states, rules, weeks, log].map((part) =>
      whole(() => part(board, journey)),
    ),
  ].flat(Infinity);
}
