// Copies what the pages load from node_modules to app/static/vendor, so that a browser asks
// no other server than ours. axe-core goes along for the tests when it is installed.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const packages = join(here, "node_modules");
const vendor = join(here, "..", "static", "vendor");

const FILES = {
  "@kern-ux/native/dist/kern.min.css": "kern/kern.min.css",
  "@kern-ux/native/LICENSE.md": "kern/LICENSE.md",
  "htmx.org/dist/htmx.min.js": "htmx/htmx.min.js",
  "htmx.org/LICENSE": "htmx/LICENSE",
  "sortablejs/Sortable.min.js": "sortable/sortable.min.js",
  "sortablejs/LICENSE": "sortable/LICENSE",
};
const OPTIONAL_FILES = {
  "axe-core/axe.min.js": "axe/axe.min.js",
};

// Of the 33 cuts of Fira Sans the pages use four.
const FONTS = [
  ["Regular", 400, "normal"],
  ["Italic", 400, "italic"],
  ["Medium", 500, "normal"],
  ["SemiBold", 600, "normal"],
];

function copy(from, to) {
  const source = join(packages, from);
  if (!existsSync(source)) {
    throw new Error(`${from} is missing. Run "npm ci" in app/frontend first.`);
  }
  const target = join(vendor, to);
  mkdirSync(dirname(target), { recursive: true });
  cpSync(source, target);
}

rmSync(vendor, { recursive: true, force: true });
for (const [from, to] of Object.entries(FILES)) {
  copy(from, to);
}
for (const [from, to] of Object.entries(OPTIONAL_FILES)) {
  if (existsSync(join(packages, from))) {
    copy(from, to);
  }
}

const faces = FONTS.map(([name, weight, style]) => {
  copy(
    `@kern-ux/native/dist/fonts/fira-sans/FiraSans-${name}.woff2`,
    `fonts/FiraSans-${name}.woff2`,
  );
  return `@font-face{font-family:"Fira Sans";src:url("FiraSans-${name}.woff2") format("woff2");`
    + `font-weight:${weight};font-style:${style};font-display:swap}`;
});
writeFileSync(join(vendor, "fonts", "fira-sans.css"), `${faces.join("\n")}\n`);

// The lock file's versions, for the page that lists what the product is made of.
const versions = Object.fromEntries(
  ["@kern-ux/native", "htmx.org"].map((name) => [
    name,
    JSON.parse(readFileSync(join(packages, name, "package.json"), "utf8")).version,
  ]),
);
writeFileSync(join(vendor, "versions.json"), `${JSON.stringify(versions, null, 2)}\n`);
