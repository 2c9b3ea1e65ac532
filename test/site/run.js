// The site of `npm run docs` in a real browser: `npm run test:site`. It is searched, its links are followed, and no page may
// say an error on the console. Needs Chromium: a package of Debian, or what the variable CHROMIUM names.
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { openPage } from "./browser.js";

const site = fileURLToPath(new URL("../../docs/api-site", import.meta.url));
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
// `npm run docs` follows every link of every page; what needs a browser shows on as many.
const MOST_PAGES = 120;

const server = createServer((request, response) => {
  const path = normalize(decodeURIComponent(new URL(request.url, "http://site").pathname));
  const file = join(site, path.endsWith("/") ? `${path}index.html` : path);
  // A browser asks for one by itself.
  if (path === "/favicon.ico") return response.writeHead(204).end();
  if (!existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
  createReadStream(file).pipe(response);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const page = await openPage();
const failures = [];

try {
  await page.open(`${origin}/index.html`);
  await searched("saveExport", "saveExport");
  await searched("createexport", "createExportClient");
  await searched("START_OUTCOME_UNKNOWN", "errors");
  const pages = await followed();
  console.log(`searched 3 words, opened ${pages} pages, followed their links`);
  failures.push(...page.problems);
} catch (error) {
  failures.push(error.stack, ...page.problems);
} finally {
  await page.close();
  server.close();
  server.closeAllConnections();
}
for (const failure of failures) console.error(failure);
process.exitCode = failures.length === 0 ? 0 : 1;

/** Types a word into the search box as a reader does, and opens the first result. */
async function searched(word, wanted) {
  await page.open(`${origin}/index.html`);
  await page.evaluate(`document.querySelector("#tsd-search-trigger").click()`);
  // It is shut until the index has come.
  await until(`document.querySelector("#tsd-search-input")?.disabled === false`, "search box that is ready");
  await page.evaluate(`document.querySelector("#tsd-search-input").focus()`);
  await page.send("Input.insertText", { text: word });
  await until(`document.querySelector("#tsd-search-results a") !== null`, `result for ${word}`);
  const results = await page.evaluate(
    `[...document.querySelectorAll("#tsd-search-results a")].map((link) => [link.textContent, link.href])`,
  );
  const [found] = results.filter(([text, href]) => `${text} ${href}`.includes(wanted));
  if (!found) throw new Error(`the search for ${word} finds ${results.map(([text]) => text).join(", ")}`);
  await page.open(found[1]);
  const heading = await page.evaluate(`document.querySelector("h1, h2")?.textContent ?? ""`);
  if (heading.trim() === "") throw new Error(`${found[1]} has no heading`);
}

/** Opens every page that can be reached, and looks whether what links name is on it. */
async function followed() {
  const waiting = [`${origin}/index.html`];
  const links = new Set();
  const anchors = new Map();
  for (let count = 0; count < waiting.length && count < MOST_PAGES; count++) {
    const url = waiting[count];
    await page.open(url);
    const seen = await page.evaluate(`({
      links: [...document.links].map(({ href }) => href),
      ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
      text: document.querySelector(".col-content")?.textContent.trim().length ?? 0,
    })`);
    if (seen.text === 0) failures.push(`${url} is empty`);
    anchors.set(url, new Set(seen.ids));
    if (anchors.size % 40 === 0) console.log(`${anchors.size} pages opened`);
    for (const link of seen.links.filter((href) => href.startsWith(origin))) {
      links.add(link);
      const [target] = link.split("#");
      if (!waiting.includes(target) && target.endsWith(".html")) waiting.push(target);
    }
  }
  for (const link of links) {
    const [target, anchor] = link.split("#");
    const ids = anchors.get(target);
    if (anchor && ids && !ids.has(decodeURIComponent(anchor)))
      failures.push(`${link} names nothing on its page`);
  }
  if (anchors.size < MOST_PAGES) failures.push(`only ${anchors.size} pages were reached`);
  return anchors.size;
}

/** The page answers when it has changed; a page that never does is told after half a minute. */
async function until(condition, what) {
  const isSo = await page.evaluate(`new Promise((resolve) => {
    const look = () => (${condition}) ? resolve(true) : setTimeout(look, 50);
    setTimeout(() => resolve(false), 30_000);
    look();
  })`);
  if (!isSo) throw new Error(`the page shows no ${what}`);
}
