// What the page holds: the published marts, unpacked once.

/** Return what the page was told: its clock, the report, and each table as rows. */
export async function readFacts() {
  const packed = atob(document.getElementById("data").textContent);
  const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
  const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const told = await new Response(unpacked).json();
  const tables = {};
  for (const [name, columns] of Object.entries(told.facts)) tables[name] = rowsOf(columns);
  return { ...told, ...tables };
}

/** Return the rows of a table that came column by column, words once each. */
function rowsOf(columns) {
  const names = Object.keys(columns);
  const values = names.map((name) => {
    const column = columns[name];
    return Array.isArray(column) ? column : column.at.map((place) => column.words[place]);
  });
  return values[0].map((_, row) =>
    Object.fromEntries(names.map((name, column) => [name, values[column][row]])),
  );
}

/** Return rows by the value of a key, or of several. */
export function grouped(rows, ...keys) {
  const groups = new Map();
  for (const row of rows) {
    const key = keys.map((each) => row[each]).join("\u0000");
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return { of: (...values) => groups.get(values.join("\u0000")) ?? [], groups };
}
