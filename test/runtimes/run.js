// The packed package on every supported runtime: `npm run test:runtimes`, or with names to run only those.
import { copyFileSync, existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { installPacked, npm } from "../../scripts/pack.js";
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
const scenarioFile = join(app, "scenario.js");
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
// Copied into the project, so that its imports find the installed package.
copyFileSync(join(tools, "scenario.js"), scenarioFile);
writeFileSync(
  join(app, "entry.js"),
  'import { scenario } from "./scenario.js";\nconst [config] = process.argv.slice(2);\nconsole.log(JSON.stringify(await scenario(JSON.parse(config))));\n',
);
writeFileSync(
  join(app, "entry.cjs"),
  `${await bundleOf(scenarioFile, { format: "cjs", packages: "external", platform: "node" })}\nmodule.exports.scenario(JSON.parse(process.argv[2])).then((result) => console.log(JSON.stringify(result)));\n`,
);
writeFileSync(
  join(app, "worker-entry.js"),
  'import { scenario } from "./scenario.js";\nexport default { async fetch(request) {\n  try {\n    return Response.json(await scenario(await request.json()));\n  } catch (error) {\n    return new Response(String(error?.stack ?? error), { status: 500 });\n  }\n} };\n',
);
const bundle = (format) =>
  format === "esm"
    ? bundleOf(join(app, "worker-entry.js"), { format })
    : bundleOf(scenarioFile, { format, globalName: "scenarioModule" });

const testing = await import(
  pathToFileURL(createRequire(join(app, "entry.js")).resolve("exportkit/testing")).href
);
const wanted = process.argv.slice(2);
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
rmSync(app, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

/** What is wrong with a result; every runtime must give the same. */
function check(result, vendor, runtime, reference) {
  // A start that makes nothing at the vendor is never in doubt.
  const refusedAs = vendor.vendor === "zephr" ? "NETWORK" : (runtime.refusedAs ?? "NETWORK");
  const problems = [];
  if (result.keys !== vendor.records) problems.push(`${result.keys} records instead of ${vendor.records}`);
  if (result.distinct !== result.keys) problems.push("some records came twice");
  if (result.budgeted !== vendor.records) problems.push(`${result.budgeted} records under budgets`);
  if (result.seen.resume + result.seen.retry === 0) problems.push("the connection was to break and did not");
  if (result.refused !== refusedAs) problems.push(`a refused connection is reported as ${result.refused}`);
  for (const field of ["last", "bytes"]) {
    if (reference && result[field] !== reference[field])
      problems.push(`${field} is ${result[field]}, elsewhere ${reference[field]}`);
  }
  return problems;
}
