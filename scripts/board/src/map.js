// The process map: what follows what, how often, how fast, and what leaves the path.

import dagre from "@dagrejs/dagre";
import { scaleLinear, scaleLog, line, curveBasis, extent } from "d3";
import { h, s, panel, empty, drawn } from "./dom.js";
import { framed, straightened, GAP } from "./layout.js";
import { count, percent, shortened, span, words } from "./words.js";

const NODE = { line: 15, pad: 18, least: 74 };
// As board.css has it: letters of the names, and of what stands below them.
const LETTERS = { name: "600 12.5px", below: "600 11.5px" };
const LONGEST_LINE = 13;
const MOST_LETTERS = 28;
const LABEL = { width: 46, height: 30 };
const FIRST_EDGES = 24;
// Smaller letters cannot be read: a larger map scrolls within its panel.
const LEAST_SCALE = 0.8;
// A step is between nodes: dagre has an object of them, in which `constructor` is taken.
const START = "start";
const nodeOf = (event) => `:${event}`;
const COLOURS = {
  path: "off the reference path (red)",
  time: "median working time (dark: slow)",
  calendar: "median calendar time (dark: slow)",
};

/** Draw the map of a journey, with what one can ask of it. */
export function processMap(board, journey) {
  const edges = board.edgesOf.of(journey);
  const activities = board.activitiesOf.of(journey);
  if (!edges.length)
    return panel(
      "map",
      "Process map",
      null,
      empty(
        activities.length
          ? "No event follows another: every case has one event so far."
          : "No event of this journey is in the log.",
      ),
    );
  const path = happyPath(board, journey);
  const counts = [...new Set(edges.map((each) => each.case_count))].sort((a, b) => a - b);
  const state = {
    colour: "path",
    least: edges[Math.min(FIRST_EDGES, edges.length) - 1].case_count,
  };
  const said = h("output", { for: "rare" });
  const holder = h("div", {});
  const redraw = () => {
    const shown = edges.filter((each) => each.case_count >= state.least || isHappy(path, each));
    said.textContent = `${count(shown.length)} of ${count(edges.length)} steps, from ${count(state.least)} ${state.least === 1 ? "case" : "cases"}`;
    holder.replaceChildren(
      drawn((width) =>
        drawMap(board, { journey, edges: shown, activities, path, colour: state.colour }, width),
      ),
    );
  };
  const slider = h("input", {
    type: "range",
    id: "rare",
    min: 0,
    max: counts.length - 1,
    value: counts.indexOf(state.least),
    oninput: (event) => {
      state.least = counts[Number(event.target.value)];
      redraw();
    },
  });
  const colours = h(
    "select",
    {
      id: "colour",
      onchange: (event) => {
        state.colour = event.target.value;
        redraw();
      },
    },
    Object.entries(COLOURS).map(([value, title]) => h("option", { value }, title)),
  );
  redraw();
  return panel(
    "map",
    "Process map",
    "Width: cases. Above a step how many took it, below it the median of its time, of working time unless the colour is calendar time. In a box: cases that had the event, and open cases whose last event it is. The happy path, in green, is straight.",
    h(
      "p",
      { class: "controls" },
      h("label", { for: "colour" }, "colour "),
      colours,
      h("label", { for: "rare" }, " hide rare steps "),
      slider,
      " ",
      said,
    ),
    holder,
  );
}

/** Return the steps of the happy path, each event once. */
function happyPath(board, journey) {
  const happy = board.variantsOf.of(journey).find((each) => each.is_happy_path);
  return happy
    ? [...new Set(board.steps.of(journey, happy.variant_id).map((each) => each.event_name))]
    : [];
}

const isHappy = (path, edge) =>
  path.indexOf(edge.to_event) === path.indexOf(edge.from_event) + 1 &&
  path.includes(edge.from_event);

function drawMap(board, { edges, activities, path, colour }, width) {
  const down = width < 640;
  const shown = new Set(edges.flatMap((each) => [each.from_event, each.to_event]));
  const nodes = activities.filter((each) => shown.has(each.event_name));
  const firsts = nodes.filter((each) => each.first_count > 0);
  const graph = laidOut(nodes, firsts, edges, path, down);
  const most = Math.max(...edges.map((each) => each.case_count));
  const thickness = scaleLinear([0, most], [1, 11]);
  const tone = toneOf(edges, colour);
  const { width: wide, height: high } = graph.size;
  const scale = Math.max(Math.min(1, width / wide), LEAST_SCALE);
  const label = `Process map: ${count(nodes.length)} events and ${count(edges.length)} steps between them; the happy path is ${path.map(words).join(", ")}`;
  const drawing = s(
    "svg",
    {
      class: "map",
      viewBox: `0 0 ${wide} ${high}`,
      width: scale * wide,
      height: scale * high,
      role: "img",
      "aria-label": label,
    },
    s(
      "defs",
      {},
      ["edge", "bad", "line"].map((each) =>
        s(
          "marker",
          {
            id: `arrow-${each}`,
            viewBox: "0 0 8 8",
            refX: 6,
            refY: 4,
            markerWidth: 11,
            markerHeight: 11,
            markerUnits: "userSpaceOnUse",
            orient: "auto-start-reverse",
          },
          s("path", { d: "M0,0L8,4L0,8z", class: `arrow ${each}` }),
        ),
      ),
    ),
    edges.map((each) => drawEdge(graph, each, thickness, tone, down)),
    firsts.map((each) => drawStart(graph, each)),
    edges.map((each) => drawLabel(graph, each, colour, down)),
    nodes.map((each) => drawNode(graph, each, path)),
  );
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": "Process map" },
    drawing,
  );
}

/** Return where boxes and steps lie, the happy path on one line, and how large it all is. */
function laidOut(nodes, firsts, edges, path, down) {
  const graph = new dagre.graphlib.Graph();
  // Weights are whole: the search for what goes back sorts steps into bins of them.
  graph.setGraph({
    rankdir: down ? "TB" : "LR",
    nodesep: GAP,
    ranksep: down ? 26 : 22,
    edgesep: GAP,
    acyclicer: "greedy",
  });
  for (const each of nodes) graph.setNode(nodeOf(each.event_name), boxOf(each));
  graph.setNode(START, { width: 14, height: 14 });
  for (const each of firsts)
    graph.setEdge(START, nodeOf(each.event_name), {
      weight: path[0] === each.event_name ? 100 : 1,
      width: 1,
      height: 1,
    });
  for (const each of edges) {
    if (each.is_self_loop) continue;
    graph.setEdge(nodeOf(each.from_event), nodeOf(each.to_event), {
      weight: isHappy(path, each) ? 100 : 1 + Math.ceil(Math.log1p(each.case_count)),
      ...LABEL,
      labelpos: "c",
    });
  }
  dagre.layout(graph);
  const chain = [START, ...path.map(nodeOf)];
  const happy = new Set(chain.slice(1).map((name, index) => pairKey([chain[index], name])));
  const loops = new Set(
    edges.filter((each) => each.is_self_loop).map((each) => nodeOf(each.from_event)),
  );
  const [boxes, routes] = straightened(graph, {
    happyEvents: new Set(chain),
    happySteps: happy,
    loops,
    down,
  });
  return framed(boxes, routes, loops, down);
}

/** Name a step between two nodes. */
const pairKey = ([from, to]) => `${from}\u0000${to}`;

/** Return the size of the box of an event, and its name in one line or two. */
function boxOf(activity) {
  const lines = broken(words(activity.event_name)).map(shortened(MOST_LETTERS));
  const width = Math.max(
    ...lines.map((each) => widthOf(each, LETTERS.name)),
    widthOf(below(activity), LETTERS.below),
  );
  return {
    width: Math.max(NODE.least, width + NODE.pad),
    height: NODE.line * (lines.length + 1) + 12,
    lines,
  };
}

const pen = document.createElement("canvas").getContext("2d");

/** Return how wide a text is, whatever its script. */
function widthOf(text, letters) {
  pen.font = `${letters} ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

/** Return what stands below the name: cases, and open ones that have come so far. */
const below = ({ case_count: all, last_of_open_count: open }) =>
  `${count(all)}${open ? ` · ${count(open)} open` : ""}`;

/** Break a name where its halves are most alike, if it is long. */
function broken(name) {
  const blanks = [...name.matchAll(/ /g)].map((each) => each.index);
  if (name.length <= LONGEST_LINE || !blanks.length) return [name];
  const at = blanks.reduce((best, each) =>
    Math.abs(each - name.length / 2) < Math.abs(best - name.length / 2) ? each : best,
  );
  return [name.slice(0, at), name.slice(at + 1)];
}

/** Return the colour of an edge, as a kind and how much of it. */
function toneOf(edges, colour) {
  if (colour === "path")
    return (edge) => ({ kind: edge.deviation_count ? "bad" : "edge", part: 1 });
  const seconds = secondsOf(colour);
  const known = edges.map(seconds).filter((each) => each > 0);
  const scale = scaleLog(known.length ? extent(known) : [1, 2], [0, 1]).clamp(true);
  return (edge) => ({
    kind: "line",
    part:
      seconds(edge) > 0
        ? 0.18 + 0.82 * (Number.isNaN(scale(seconds(edge))) ? 1 : scale(seconds(edge)))
        : 0.18,
  });
}

const secondsOf = (colour) => (edge) =>
  colour === "calendar" ? edge.median_seconds : edge.median_business_seconds;

const smooth = line(
  (point) => point.x,
  (point) => point.y,
).curve(curveBasis);

function drawEdge(graph, edge, thickness, tone, down) {
  const { kind, part } = tone(edge);
  const path = edge.is_self_loop
    ? loop(graph.boxes.get(nodeOf(edge.from_event)), down)
    : smooth(graph.routes.get(pairKey([nodeOf(edge.from_event), nodeOf(edge.to_event)])).points);
  return s(
    "path",
    {
      class: `step ${kind}`,
      d: path,
      "stroke-width": thickness(edge.case_count),
      "stroke-opacity": kind === "line" ? part : null,
      "marker-end": `url(#arrow-${kind})`,
    },
    s(
      "title",
      {},
      `${words(edge.from_event)} → ${words(edge.to_event)}: ${count(edge.case_count)} cases (${percent(edge.case_share)}), ${count(edge.transition_count)} times; median ${span(edge.median_seconds)}, nine of ten within ${span(edge.p90_seconds)}; working time ${span(edge.median_business_seconds)}; ${edge.deviation_count ? `leaves the reference path ${count(edge.deviation_count)} times` : "leaves no reference path"}`,
    ),
  );
}

/** Return a loop that leaves a box above its right half and comes back to its left. */
function loop(box) {
  const top = box.y - box.height / 2;
  return `M${box.x + 18},${top}C${box.x + 34},${top - 34} ${box.x - 34},${top - 34} ${box.x - 18},${top - 2}`;
}

function drawStart(graph, activity) {
  const route = graph.routes.get(pairKey([START, nodeOf(activity.event_name)]));
  const box = graph.boxes.get(START);
  return s(
    "g",
    { class: "start" },
    s("circle", { cx: box.x, cy: box.y, r: 7 }),
    s("path", { d: smooth(route.points), "marker-end": "url(#arrow-edge)" }),
    s("title", {}, `${count(activity.first_count)} cases begin with ${words(activity.event_name)}`),
  );
}

/** Write how many cases took a step above it, and how long that takes below. */
function drawLabel(graph, edge, colour, down) {
  const box = graph.boxes.get(nodeOf(edge.from_event));
  const beside = down
    ? { x: box.x + box.width / 2 + 46, y: box.y }
    : { x: box.x, y: box.y - box.height / 2 - 34 };
  const at = edge.is_self_loop
    ? beside
    : graph.routes.get(pairKey([nodeOf(edge.from_event), nodeOf(edge.to_event)])).label;
  const seconds = secondsOf(colour === "calendar" ? colour : "time")(edge);
  const apart = edge.is_self_loop ? 6 : 9;
  return s(
    "g",
    { class: "label", transform: `translate(${at.x},${at.y})`, "text-anchor": "middle" },
    s("text", { dy: "0.32em", y: -apart }, count(edge.case_count)),
    s("text", { dy: "0.32em", y: apart }, span(seconds)),
  );
}

function drawNode(graph, activity, path) {
  const box = graph.boxes.get(nodeOf(activity.event_name));
  const open = activity.last_of_open_count;
  return s(
    "g",
    {
      class: `node${path.includes(activity.event_name) ? " happy" : ""}${open ? " open" : ""}`,
      transform: `translate(${box.x - box.width / 2},${box.y - box.height / 2})`,
    },
    s(
      "title",
      {},
      `${words(activity.event_name)}: ${count(activity.case_count)} cases (${percent(activity.case_share)}), ${count(activity.event_count)} times; the last event of ${count(open)} open and ${count(activity.last_of_ended_count)} ended cases`,
    ),
    s("rect", { width: box.width, height: box.height, rx: 7 }),
    box.lines.map((each, index) =>
      s(
        "text",
        { x: box.width / 2, y: 18 + NODE.line * index, "text-anchor": "middle", class: "name" },
        each,
      ),
    ),
    s(
      "text",
      {
        x: box.width / 2,
        y: 18 + NODE.line * box.lines.length,
        "text-anchor": "middle",
        class: "small",
      },
      below(activity),
    ),
  );
}
