// How many modules are loaded by imports, or by the command line: node bench/speed/loaded.ts exportkit | --version
import { registerHooks } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

let loaded = 0;
registerHooks({
  load(url, context, next) {
    if (!url.startsWith("node:")) loaded++;
    return next(url, context);
  },
});
const asked = process.argv.slice(2);
process.on("exit", () => {
  process.stdout.write(`\n${JSON.stringify({ [`modules loaded by ${asked.join(" and ")}`]: loaded })}\n`);
});
if (asked[0] === "--version") {
  await import(pathToFileURL(fileURLToPath(new URL("../../dist/cli.js", import.meta.url))).href);
} else for (const name of asked) await import(name);
