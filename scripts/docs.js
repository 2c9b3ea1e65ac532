// The API reference and the guides as a static site with search, in docs/api-site: `npm run docs`. Warnings are errors, and
// every link of every page is followed, to its anchor too.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Application } from "typedoc";

const root = fileURLToPath(new URL("..", import.meta.url));
const site = join(root, "docs/api-site");

const app = await Application.bootstrapWithPlugins({ options: join(root, "typedoc.json") });
const project = await app.convert();
if (!project || app.logger.hasErrors()) process.exit(1);
app.validate(project);
await app.generateOutputs(project);
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);

const pages = readdirSync(site, { recursive: true }).filter((name) => name.endsWith(".html"));
const texts = new Map(pages.map((name) => [name, readFileSync(join(site, name), "utf8")]));
const anchors = new Map(
  [...texts].map(([name, text]) => [
    name,
    new Set([...text.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id)),
  ]),
);

let followed = 0;
const broken = [];
for (const [page, text] of texts) {
  for (const [, link] of text.matchAll(/\s(?:href|src)="([^"]+)"/g)) {
    if (/^(https?|mailto|data):/.test(link)) continue;
    followed += 1;
    const [path, fragment] = link.split("#");
    const target =
      path === "" ? page : relative(site, resolve(site, dirname(page), decodeURIComponent(path)));
    const isThere = existsSync(join(site, target));
    const hasAnchor =
      !fragment || !anchors.has(target) || anchors.get(target).has(decodeURIComponent(fragment));
    if (!isThere || !hasAnchor) broken.push(`${page} -> ${link}`);
  }
}
if (!existsSync(join(site, "assets/search.js"))) broken.push("there is no search");
for (const link of broken) console.error(`broken: ${link}`);
console.log(
  `${pages.length} pages, ${followed} links followed, ${broken.length} broken: open docs/api-site/index.html`,
);
if (broken.length > 0 || followed < 1_000) process.exit(1);
