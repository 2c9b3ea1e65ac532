// The packed package on every supported runtime, and the examples that are about one: `npm run test:runtimes`, or with names
// (`bun`, `examples`) to run only those. With `-u` it writes down what it sees of starts (arrivals.json) instead of comparing
// with that.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { installPacked, npm, root } from "../../scripts/pack.js";
import { arrivalsOf, cases } from "./arrivals.js";
import { examples } from "./examples.js";
import { freePort, runtimes } from "./runtimes.js";
import { vendors } from "./vendors.js";

const tools = fileURLToPath(new URL(".", import.meta.url));
const installed = join(tools, "node_modules/.package-lock.json");
if (
  !existsSync(installed) ||
  statSync(installed).mtimeMs < statSync(join(tools, "package-lock.json")).mtimeMs
) {
  npm(["ci", "--silent", "--no-audit", "--no-fund"], tools);
}

const { app } = installPacked();
// An optional peer: who imports exportkit/otel has it.
cpSync(join(root, "node_modules/@opentelemetry/api"), join(app, "node_modules/@opentelemetry/api"), {
  recursive: true,
});
const tasksFile = join(app, "tasks.js");
const bundleOf = async (entry, options) => {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: "browser",
    target: "es2022",
    absWorkingDir: app,
    ...options,
  });
  return outputFiles[0].text;
};
// Copied into the project, so that their imports find the installed package.
for (const file of ["scenario.js", "reach.js", "arrivals-scenario.js"])
  copyFileSync(join(tools, file), join(app, file));
writeFileSync(
  tasksFile,
  'import { arrivals } from "./arrivals-scenario.js";\nimport { scenario } from "./scenario.js";\nexport const run = (config) => (config.task === "arrivals" ? arrivals(config) : scenario(config));\n',
);
writeFileSync(
  join(app, "entry.js"),
  'import { run } from "./tasks.js";\nconst [config] = process.argv.slice(2);\nconsole.log(JSON.stringify(await run(JSON.parse(config))));\nprocess.exit(0);\n',
);
const commonJs = await bundleOf(tasksFile, { format: "cjs", packages: "external", platform: "node" });
writeFileSync(
  join(app, "entry.cjs"),
  `${commonJs}\nmodule.exports.run(JSON.parse(process.argv[2])).then((result) => { console.log(JSON.stringify(result)); process.exit(0); });\n`,
);
mkdirSync(join(app, "jest"));
writeFileSync(join(app, "jest/package.json"), '{ "name": "suite", "private": true }\n');
writeFileSync(
  join(app, "jest/scenario.test.js"),
  `${commonJs}\nconst { readFileSync, writeFileSync } = require("node:fs");\ntest("the scenario", async () => {\n  const result = await module.exports.run(JSON.parse(readFileSync("config.json", "utf8")));\n  writeFileSync("result.json", JSON.stringify(result));\n}, 60_000);\n`,
);
writeFileSync(
  join(app, "worker-entry.js"),
  'import { run } from "./tasks.js";\nexport default { async fetch(request) {\n  try {\n    return Response.json(await run(await request.json()));\n  } catch (error) {\n    return new Response(String(error?.stack ?? error), { status: 500 });\n  }\n} };\n',
);
const bundle = (format) =>
  format === "esm"
    ? bundleOf(join(app, "worker-entry.js"), { format, conditions: ["workerd", "worker"] })
    : bundleOf(tasksFile, { format, globalName: "tasks", conditions: ["edge-light"] });

const testing = await import(
  pathToFileURL(createRequire(join(app, "entry.js")).resolve("exportkit/testing")).href
);
const writes = process.argv.includes("-u");
const wanted = process.argv.slice(2).filter((name) => name !== "-u");
const recordFile = join(tools, "arrivals.json");
const recorded = JSON.parse(readFileSync(recordFile, "utf8"));
// Says nothing to whoever begins a handshake.
const silent = createServer((socket) => socket.on("error", () => {}));
await new Promise((resolve) => silent.listen(0, "127.0.0.1", resolve));
let passed = 0;
let failed = 0;
for (const vendor of await vendors(testing)) {
  let reference;
  for (const runtime of runtimes({ app, tools, bundle })) {
    if (wanted.length > 0 && !wanted.some((name) => runtime.name.startsWith(name))) continue;
    const label = `${vendor.vendor.padEnd(9)} ${runtime.name.padEnd(18)}`;
    const served = await vendor.serve();
    try {
      const startedAt = Date.now();
      const { options, request } = served;
      const result = await runtime.run({
        vendor: vendor.vendor,
        options,
        request,
        pauseAfter: Math.floor(vendor.records / 3),
        deadOrigin: `http://127.0.0.1:${await freePort()}`,
        silentOrigin: `https://127.0.0.1:${silent.address().port}`,
      });
      const problems = check(result, vendor, runtime, reference);
      if (problems.length > 0) throw new Error(`${problems.join("; ")}\n${JSON.stringify(result)}`);
      reference = result;
      passed += 1;
      console.log(
        `${label} ${result.keys} records, ${result.bytes} bytes, ${result.seen.resume + result.seen.retry} mishaps, ${Date.now() - startedAt} ms`,
      );
    } catch (error) {
      failed += 1;
      console.log(`${label} FAILED: ${error instanceof Error ? error.message : error}`);
    } finally {
      await served.close();
    }
  }
}
for (const runtime of runtimes({ app, tools, bundle })) {
  if (runtime.loadsOnly) continue;
  if (wanted.length > 0 && !wanted.some((name) => runtime.name.startsWith(name))) continue;
  for (const vendor of await vendors(testing)) {
    const seen = {};
    for (const name of cases) {
      const run = (config) => runtime.run({ ...config, task: "arrivals" });
      seen[name] = await arrivalsOf(vendor, name, run).catch((error) => `FAILED: ${error.message}`);
    }
    if (writes) recorded[runtime.name] = { ...recorded[runtime.name], [vendor.vendor]: seen };
    const expected = recorded[runtime.name]?.[vendor.vendor] ?? {};
    const wrong = cases.filter((name) => seen[name] !== expected[name]);
    if (wrong.length > 0) failed += 1;
    else passed += 1;
    const label = `${vendor.vendor.padEnd(9)} ${runtime.name.padEnd(18)}`;
    console.log(`${label} starts: ${cases.map((name) => `${name} ${seen[name]}`).join("; ")}`);
    for (const name of wrong) console.log(`  FAILED: ${name} was recorded as ${expected[name]}`);
  }
}
for (const { name, run } of examples({ app, tools, bundleOf, testing })) {
  if (wanted.length > 0 && !wanted.some((word) => word === "examples" || name.startsWith(word))) continue;
  const label = `example   ${name.padEnd(18)}`;
  try {
    console.log(`${label} ${await run()}`);
    passed += 1;
  } catch (error) {
    failed += 1;
    console.log(`${label} FAILED: ${error instanceof Error ? error.message : error}`);
  }
}
if (writes) writeFileSync(recordFile, `${JSON.stringify(recorded, null, 2)}\n`);
rmSync(app, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

/** What is wrong with an upload of as many bytes, and with what OpenTelemetry was told of it. */
function checkUpload({ phase, bytes, isPacked, left, telemetry }, size) {
  const problems = [];
  if (phase !== "complete" || bytes !== size) problems.push(`uploaded ${bytes} bytes of ${size}, ${phase}`);
  if (!isPacked) problems.push("the packed upload is not what was told of it");
  if (left !== 1) problems.push(`${left} things are left in the store instead of one object`);
  if (!telemetry.names.includes("download") || !telemetry.names.includes("GET"))
    problems.push(`spans are called ${telemetry.names}`);
  if (telemetry.secrets > 0) problems.push(`${telemetry.secrets} spans hold a query`);
  if (telemetry.open > 0) problems.push(`${telemetry.open} spans of downloads never ended`);
  if (!telemetry.measured.includes("exportkit.bytes")) problems.push(`measured: ${telemetry.measured}`);
  return problems;
}

/** What is wrong with a result; every runtime must give the same. */
function check(result, vendor, runtime, reference) {
  // A start that makes nothing at the vendor is never in doubt.
  const refusedAs = vendor.vendor === "zephr" ? "NETWORK" : (runtime.refusedAs ?? "NETWORK");
  // A runtime may end a handshake that stands still by itself, before the client's timer does: workerd has both.
  const endings = runtime.name === "workerd" ? ["TIMEOUT", "NETWORK"] : ["TIMEOUT"];
  const silentAs = vendor.vendor === "zephr" ? endings : [runtime.silentAs ?? "TIMEOUT"];
  const problems = [];
  if (result.keys !== vendor.records) problems.push(`${result.keys} records instead of ${vendor.records}`);
  if (result.distinct !== result.keys) problems.push("some records came twice");
  if (result.budgeted !== vendor.records) problems.push(`${result.budgeted} records under budgets`);
  const { phase, records, distinct } = result.durable;
  if (phase !== "done" || records !== vendor.records || distinct !== records)
    problems.push(`in steps: ${phase}, ${records} records, ${distinct} different ones`);
  problems.push(...checkUpload(result.upload, result.bytes));
  if (result.seen.resume + result.seen.retry === 0) problems.push("the connection was to break and did not");
  if (result.refused !== refusedAs) problems.push(`a refused connection is reported as ${result.refused}`);
  if (!silentAs.includes(result.silent)) problems.push(`a silent port is reported as ${result.silent}`);
  for (const field of ["last", "bytes"]) {
    if (reference && result[field] !== reference[field])
      problems.push(`${field} is ${result[field]}, elsewhere ${reference[field]}`);
  }
  return problems;
}
