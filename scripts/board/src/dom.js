// Elements, made of text and never of markup.

import * as Plot from "@observablehq/plot";

const SVG = "http://www.w3.org/2000/svg";

/** Return an element: attributes, listeners (`onclick`), children as text or elements. */
export function h(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** Return an element of a drawing. */
export function s(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "style")
      Object.entries(value).forEach((each) => element.style.setProperty(...each));
    else element.setAttribute(key, value === true ? "" : value);
  }
  return put(element, children);
}

/** Put children, in lists or alone, into an element instead of what it has. */
export function put(element, ...children) {
  element.replaceChildren(
    ...children.flat(Infinity).filter((each) => each !== null && each !== undefined),
  );
  return element;
}

/** Return a table that scrolls within itself; on a narrow screen each row is a list. */
export function table(caption, columns, rows, rowOf) {
  const row = (each) => labelled(rowOf(each), columns);
  return h(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", { class: "unseen" }, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          columns.map(([title, kind]) => h("th", { scope: "col", class: kind }, title)),
        ),
      ),
      h("tbody", {}, rows.map(row)),
    ),
  );
}

/** Tell each cell of a row what its column is called. */
export function labelled(row, columns) {
  [...row.children].forEach((cell, index) => {
    cell.dataset.of = columns[index][0];
  });
  return row;
}

/** Return a section with its heading, and below it what it is of. */
export function panel(id, title, about, ...children) {
  return h(
    "section",
    { class: "panel", id, "aria-labelledby": `${id}-title` },
    h("h3", { id: `${id}-title` }, title),
    about ? h("p", { class: "about" }, about) : null,
    ...children,
  );
}

/** Say why there is nothing to see. */
export function empty(why) {
  return h("p", { class: "empty" }, why);
}

/** Return what a part draws, or why it cannot: the others are drawn all the same. */
export function whole(draw) {
  try {
    return draw();
  } catch (error) {
    reportError(error);
    return empty(`This part cannot be drawn: ${error.message}.`);
  }
}

/** Draw in a box, and again whenever its width changes. */
export function drawn(draw, attributes = {}) {
  const box = h("div", { class: "drawing", ...attributes });
  let last = 0;
  new ResizeObserver(([entry]) => {
    const width = Math.floor(entry.contentRect.width);
    if (width === last || width === 0) return;
    last = width;
    box.replaceChildren(whole(() => draw(width)));
  }).observe(box);
  return box;
}

/** Return a mark with its word, so that colour says nothing alone. */
export function pill(kind, text, title) {
  return h("span", { class: `pill ${kind}`, title }, text);
}

/** Return a chart whose letters are those of the page, read out as one picture. */
export function chart({ marks, style, ...options }) {
  const drawing = Plot.plot({
    ...options,
    style: { fontSize: "12px", background: "none", ...style },
    marks: marks.filter((each) => each !== null),
  });
  drawing.setAttribute("role", "img");
  for (const part of drawing.querySelectorAll("[aria-label]")) part.removeAttribute("aria-label");
  return drawing;
}
