// Every sample of code in the documentation, as a module that compiles by itself.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Every sample of README, the other pages and docs/, and every `@example` in the sources: `{ name, code }`. */
export function samplesIn(root) {
  const read = (path) => readFileSync(join(root, path), "utf8");
  const pages = [
    ...readdirSync(root).filter((name) => name.endsWith(".md")),
    ...readdirSync(join(root, "docs"))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `docs/${name}`),
  ].filter((name) => name !== "CHANGELOG.md");
  const sources = readdirSync(join(root, "src"), { recursive: true })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => `src/${name}`);
  const exported = exportsOf(root);
  const known = new Map([...namesOf(root), ...exported]);
  return [
    ...pages.flatMap((path) => blocksOf(path, read(path))),
    ...sources.flatMap((path) => examplesOf(path, read(path), exported)),
  ].map(({ name, code }) => ({ name, code: moduleOf(code, known) }));
}

function blocksOf(path, text) {
  return [...text.matchAll(/^( *)```tsx?\n([\s\S]*?)^\1```/gm)].map(({ index, 2: code }) => ({
    name: `${path}:${lineAt(text, index) + 1}`,
    code,
  }));
}

/** The examples of what users see: of exported declarations, and of their members. */
function examplesOf(path, text, exported) {
  return [...text.matchAll(/@example\n( +\*) ```ts\n([\s\S]*?)\1 ```/g)].flatMap((found) => {
    const [, , code] = found;
    const below = text.slice(text.indexOf("*/", found.index) + 2);
    const own = /^\nexport (?:async )?(?:function|const|class|interface|type) (\w+)/.exec(below)?.[1];
    if (own !== undefined && !exported.has(own)) return [];
    const name = `${path}:${lineAt(text, found.index) + 2}`;
    return [{ name, code: code.replace(/^ *\* ?/gm, "") }];
  });
}

const lineAt = (text, index) => text.slice(0, index).split("\n").length;

/** What each import path exports, by the reports of the public surface. */
function exportsOf(root) {
  const found = new Map();
  const files = readdirSync(join(root, "docs/api")).filter((name) => name.endsWith(".api.md"));
  // Where two export a name, the client's own is meant.
  for (const file of files.sort((a, b) => Number(a.startsWith("index")) - Number(b.startsWith("index")))) {
    const path = file === "index.api.md" ? "exportkit" : `exportkit/${file.replace(".api.md", "")}`;
    const text = readFileSync(join(root, "docs/api", file), "utf8");
    for (const [, name] of text.matchAll(
      /^export (?:abstract )?(?:function|const|class|interface|type) (\w+)/gm,
    ))
      found.set(name, path);
  }
  return found;
}

/** What a sample may name without saying where it comes from. */
function namesOf(root) {
  const text = readFileSync(join(root, "test/samples/names.d.ts"), "utf8");
  const names = text.matchAll(/^export (?:declare )?(?:const|let|type|interface) (\w+)/gm);
  return [...names].map(([, name]) => [name, "./names.js"]);
}

/**
 * A sample as a module: what it takes from the package without saying so is imported, what it leaves out (`…`) is nothing,
 * and statements stand in a function, since a sample may return.
 */
function moduleOf(sample, known) {
  const imports = [];
  const body = sample
    .replace(/^import [^;]*;\n/gm, (statement) => {
      imports.push(statement);
      return "\n".repeat(statement.split("\n").length - 1);
    })
    .replace(/^export /gm, "")
    .replace(/\{ … \}/g, "{}")
    .replace(/, …( ?[})])/g, "$1")
    .replace(/=> …/g, "=> undefined as never");
  const words = body.replace(/\/\/.*|"[^"\n]*"/g, "");
  for (const [name, path] of known) {
    const isUsed = new RegExp(`(?<!\\w|[^.]\\.)${name}\\b(?!\\??:)`).test(words);
    const isTheirs =
      new RegExp(
        `(?:const|let|function|class|interface|type) ${name}\\b|(?:const|let) [[{][^=\n]*\\b${name}\\b[^=\n]*=`,
      ).test(words) ||
      imports.some((statement) => new RegExp(`\\b${name}\\b`).test(statement.replace(/from[\s\S]*/, "")));
    if (isUsed && !isTheirs) imports.push(`import { ${name} } from "${path}";\n`);
  }
  // The line numbers of the sample stay those of the page, counted from its first line.
  return `export async function sample() {\n${body}}\n${imports.join("")}`;
}
