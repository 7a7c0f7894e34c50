// The map's own part of the layout: dagre says which rank and which order, this says how
// far apart, with the happy path on one line.

export const GAP = 16;
const SWEEPS = 30;
// How far a step stays from its neighbours where it passes, and where it has its label.
const PASSING = 7;
const LABELLED = { down: 30, right: 18 };
// A self-loop stands above its box, or, where the map goes down, to the right of it.
const LOOP = 46;

/**
 * Return boxes and routes, the happy ones at 0 across and all else as near as it fits.
 * ``loops`` are the events that have a self-loop.
 */
export function straightened(graph, { happyEvents, happySteps, loops, down }) {
  const [along, across, size] = down ? ["y", "x", "width"] : ["x", "y", "height"];
  const room = (half, hasLoop = false) => ({
    before: half + (hasLoop && !down ? LOOP : 0),
    after: half + (hasLoop && down ? LOOP : 0),
  });
  const boxes = new Map(
    graph.nodes().map((name) => [
      name,
      {
        ...graph.node(name),
        isFixed: happyEvents.has(name),
        ...room(graph.node(name)[size] / 2, loops.has(name)),
        near: [],
      },
    ]),
  );
  const routes = new Map();
  for (const edge of graph.edges()) {
    const { points, x, y } = graph.edge(edge);
    const key = `${edge.v}\u0000${edge.w}`;
    const passed = points.slice(1, -1).map((point) => {
      const isLabel = Math.abs(point.x - x) < 1 && Math.abs(point.y - y) < 1;
      return {
        ...point,
        isLabel,
        isFixed: happySteps.has(key),
        ...room(isLabel ? LABELLED[down ? "down" : "right"] : PASSING),
        near: [],
      };
    });
    const chain = [boxes.get(edge.v), ...passed, boxes.get(edge.w)];
    chain.slice(1).forEach((each, index) => {
      each.near.push(chain[index]);
      chain[index].near.push(each);
    });
    routes.set(key, { from: chain[0], passed, to: chain.at(-1) });
  }
  const items = [...boxes.values(), ...[...routes.values()].flatMap((each) => each.passed)];
  const ranks = ranksOf(items, along, across);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1)
    for (const rank of sweep % 2 ? ranks.toReversed() : ranks) settle(rank, across);
  for (const [key, { from, passed, to }] of routes) {
    const points = [
      border(from, passed[0] ?? to),
      ...passed,
      border(to, passed.at(-1) ?? from),
    ].map((each) => ({ x: each.x, y: each.y }));
    const label = passed.find((each) => each.isLabel) ?? points[Math.floor(points.length / 2)];
    routes.set(key, { points, label: { x: label.x, y: label.y } });
  }
  return [boxes, routes];
}

/** Return the items rank by rank, each in its order, the fixed ones at 0. */
function ranksOf(items, along, across) {
  const ranks = new Map();
  for (const item of items) {
    const key = Math.round(item[along]);
    ranks.set(key, [...(ranks.get(key) ?? []), item]);
  }
  const sorted = [...ranks]
    .sort(([a], [b]) => a - b)
    .map(([, rank]) => rank.sort((a, b) => a[across] - b[across]));
  for (const rank of sorted) {
    // Of a path that comes back, two events may be of one rank: one of them gives way.
    rank
      .filter((each) => each.isFixed)
      .forEach((each, index) => {
        each.isFixed = index === 0;
      });
    const zero = rank.find((each) => each.isFixed)?.[across] ?? 0;
    for (const item of rank) item[across] = item.isFixed ? 0 : item[across] - zero;
  }
  return sorted;
}

/** Move the items of a rank towards their neighbours, in their order and apart. */
function settle(rank, across) {
  const middle = rank.findIndex((each) => each.isFixed);
  const wish = (item) =>
    item.near.length
      ? item.near.reduce((sum, each) => sum + each[across], 0) / item.near.length
      : item[across];
  if (middle < 0) place(rank, rank.map(wish), -Infinity, 1);
  else {
    place(rank.slice(middle), rank.slice(middle).map(wish), 0, 1);
    const before = rank.slice(0, middle + 1).reverse();
    place(before, before.map(wish), 0, -1);
  }

  /** Isotonic regression of the wishes, by pools of neighbours that would collide. */
  function place(row, wishes, least, side) {
    const offsets = row.map(() => 0);
    for (let i = 1; i < row.length; i += 1)
      offsets[i] =
        offsets[i - 1] +
        (side > 0 ? row[i - 1].after + row[i].before : row[i - 1].before + row[i].after) +
        GAP;
    const pools = [];
    row.forEach((item, i) => {
      if (item.isFixed) return;
      pools.push({ sum: side * wishes[i] - offsets[i], size: 1 });
      while (
        pools.length > 1 &&
        pools.at(-2).sum / pools.at(-2).size > pools.at(-1).sum / pools.at(-1).size
      ) {
        const last = pools.pop();
        pools.at(-1).sum += last.sum;
        pools.at(-1).size += last.size;
      }
    });
    const values = pools.flatMap((pool) =>
      Array(pool.size).fill(Math.max(least, pool.sum / pool.size)),
    );
    let next = 0;
    row.forEach((item, i) => {
      if (!item.isFixed) item[across] = side * (values[next++] + offsets[i]);
    });
  }
}

/** Return where a line from the middle of a box to a point leaves the box. */
function border(box, point) {
  const [dx, dy] = [point.x - box.x, point.y - box.y];
  const part = Math.min(
    dx ? box.width / 2 / Math.abs(dx) : Infinity,
    dy ? box.height / 2 / Math.abs(dy) : Infinity,
    1,
  );
  return { x: box.x + part * dx, y: box.y + part * dy };
}

/** Move everything into view, and say how large the view is. */
export function framed(boxes, routes, loops, down) {
  const xs = [];
  const ys = [];
  for (const name of loops) {
    if (down) xs.push(boxes.get(name).x + boxes.get(name).width / 2 + LOOP + 20);
    else ys.push(boxes.get(name).y - boxes.get(name).height / 2 - LOOP);
  }
  for (const { x, y, width, height } of boxes.values()) {
    xs.push(x - width / 2 - 8, x + width / 2 + 8);
    ys.push(y - height / 2 - 8, y + height / 2 + 8);
  }
  for (const { points, label } of routes.values())
    for (const point of [...points, label]) {
      xs.push(point.x - 24, point.x + 24);
      ys.push(point.y - 18, point.y + 18);
    }
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const move = (point) => ({ ...point, x: point.x - left, y: point.y - top });
  return {
    boxes: new Map([...boxes].map(([name, box]) => [name, move(box)])),
    routes: new Map(
      [...routes].map(([key, { points, label }]) => [
        key,
        { points: points.map(move), label: move(label) },
      ]),
    ),
    size: { width: Math.max(...xs) - left, height: Math.max(...ys) - top },
  };
}
