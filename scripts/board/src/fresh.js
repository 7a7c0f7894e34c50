// Whether the page is of today: it says when the next build is overdue, and takes its
// place where a server has a newer page.

import { h } from "./dom.js";
import { span } from "./words.js";

const MINUTE = 60_000;
const LOOK_EVERY = 5 * MINUTE;

/** Return the note on the page's age, kept in step with the reader's clock. */
export function age(board) {
  const note = h("p", { class: "age", role: "status" });
  const tell = () => {
    const now = Date.now() / 1000;
    if (board.expected_by === null) {
      note.textContent = "a replay: its clock stands still";
      return;
    }
    const isLate = now > board.expected_by;
    note.classList.toggle("bad", isLate);
    note.textContent = isLate
      ? `${span(now - board.as_of)} old: the next build was expected ${span(now - board.expected_by)} ago`
      : `${span(Math.max(0, now - board.as_of))} old`;
  };
  tell();
  setInterval(tell, MINUTE);
  return note;
}

/** Reload once a server has another page than this one; a file from disk stays. */
export async function keepFresh() {
  if (!location.protocol.startsWith("http")) return;
  let mark = await markOfServer();
  setInterval(async () => {
    const now = await markOfServer();
    // The server may have been away when the page was opened.
    mark ??= now;
    if (mark && now && now !== mark && !document.querySelector("dialog[open]")) location.reload();
  }, LOOK_EVERY);
}

/** Return what tells one page of the server from the next; null while it is away. */
async function markOfServer() {
  try {
    const answer = await fetch(location.pathname, { method: "HEAD", cache: "no-store" });
    return answer.ok ? (answer.headers.get("etag") ?? answer.headers.get("last-modified")) : null;
  } catch {
    return null;
  }
}
