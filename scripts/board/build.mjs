// Bundle the board's program, its style and its licences into the Python package.

import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync, existsSync } from "node:fs";
import { join } from "node:path";

const target = "../offpath/board/page";

/** Return the digest of all that the bundle is made of, which a test compares. */
function sourcesDigest() {
  const digest = createHash("sha256");
  for (const name of [
    "package-lock.json",
    ...readdirSync("src")
      .sort()
      .map((each) => join("src", each)),
  ])
    digest.update(readFileSync(name));
  return digest.digest("hex");
}

const result = await build({
  entryPoints: ["src/main.js"],
  bundle: true,
  minify: true,
  format: "iife",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  banner: { js: `/* sources ${sourcesDigest()}; licences in LICENCES.txt */` },
  outfile: join(target, "board.js"),
  metafile: true,
});
await build({
  entryPoints: ["src/board.css"],
  minify: true,
  charset: "utf8",
  target: "es2022",
  outfile: join(target, "board.css"),
});

const packages = new Set(
  Object.keys(result.metafile.inputs)
    .map((each) => each.match(/node_modules\/((?:@[^/]+\/)?[^/]+)/)?.[1])
    .filter(Boolean),
);
const licences = [...packages].sort().map((name) => {
  const folder = join("node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[sc]e/i.test(each));
  return `${name} ${version} (${license})\n\n${file && existsSync(join(folder, file)) ? readFileSync(join(folder, file), "utf8").trim() : ""}\n`;
});
writeFileSync(join(target, "LICENCES.txt"), licences.join(`\n${"-".repeat(72)}\n\n`));
