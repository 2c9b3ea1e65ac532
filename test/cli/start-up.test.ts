import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Prints what is loaded, and whether Node brought it. */
const hooks = `
import { registerHooks } from "node:module";
registerHooks({
  load(url, context, next) {
    process.stderr.write("loaded " + url + "\\n");
    return next(url, context);
  },
});
`;

let folder: string;

// In pieces, as the package has it; what it takes from the package by its name stays outside.
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "exportkit-start-"));
  await build({
    entryPoints: { cli: join(root, "src/cli/main.ts") },
    outdir: join(folder, "cli"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node22",
    external: ["exportkit", "exportkit/*"],
    tsconfig: join(root, "tsconfig.json"),
    logLevel: "error",
  });
  await writeFile(join(folder, "hooks.mjs"), hooks);
  await mkdir(join(folder, "node_modules"));
  await symlink(root, join(folder, "node_modules/exportkit"), "dir");
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** The modules that a command loads, from its own folder and from elsewhere. */
function loadedBy(words: readonly string[]) {
  const { stderr } = spawnSync(
    process.execPath,
    ["--import", pathToFileURL(join(folder, "hooks.mjs")).href, join(folder, "cli/cli.mjs"), ...words],
    // A proxy is no reason to load what only requests need.
    { env: { PATH: process.env.PATH, HOME: folder, HTTPS_PROXY: "http://127.0.0.1:9" }, encoding: "utf8" },
  );
  const urls = [...stderr.matchAll(/^loaded (\S+)$/gm)].map(([, url = ""]) => url);
  const own = urls.filter((url) => url.startsWith(pathToFileURL(join(folder, "cli")).href));
  return { own: own.length, others: urls.filter((url) => !own.includes(url)), stderr };
}

// So many pieces of its own as there are today; each further one is a reason to look.
it.each([
  [["--version"], 7],
  [["--help"], 10],
  [["completion", "bash"], 8],
  [["list"], 14],
  // What is refused is refused at once.
  [["zephr", "--ouput", "x"], 13],
])("%j loads no more than it needs", (words, most) => {
  const { own, others, stderr } = loadedBy(words);
  expect(
    others.filter((url) => !/^node:|\/package\.json$/.test(url)),
    stderr,
  ).toEqual([]);
  expect(
    others.filter((url) => /^node:(http|https|net|tls|tty|child_process|worker_threads)$/.test(url)),
  ).toEqual([]);
  expect(own, stderr).toBeGreaterThan(0);
  expect(own, stderr).toBeLessThanOrEqual(most);
});
