// What the package's import paths export, as text that shows in review what a change does to callers: docs/api/*.api.md.
//
//   npm run api             fails where a report no longer says what the built types do
//   npm run api -- --write  writes new reports
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Extractor, ExtractorConfig, ExtractorLogLevel } from "@microsoft/api-extractor";

const root = fileURLToPath(new URL("..", import.meta.url));
const reports = join(root, "docs/api");
const writes = process.argv.includes("--write");
const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const entries = Object.values(exports).flatMap((conditions) => conditions.import?.types ?? []);

mkdirSync(reports, { recursive: true });
const wanted = new Set();
let outdated = false;
for (const entry of entries) {
  const name = /([^/]+)\.d\.ts$/.exec(entry)?.[1];
  wanted.add(`${name}.api.md`);
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(root, "package.json"),
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: join(root, entry),
      compiler: { tsconfigFilePath: join(root, "tsconfig.json") },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: reports,
        reportTempFolder: join(root, "node_modules/.cache/api"),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: "lf",
      messages: {
        // Reports tell of exports; what documentation is missing, and which types stay inside, other tests say.
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
      },
    },
  });
  const result = Extractor.invoke(config, { localBuild: writes, messageCallback: quiet });
  if (!result.succeeded && !result.apiReportChanged) throw new Error(`${entry} could not be read`);
  if (result.apiReportChanged) console.log(`${writes ? "written" : "outdated"}: docs/api/${name}.api.md`);
  outdated ||= result.apiReportChanged && !writes;
}
for (const name of readdirSync(reports).filter((file) => file.endsWith(".api.md") && !wanted.has(file))) {
  console.log(`${writes ? "removed" : "no longer exported"}: docs/api/${name}`);
  if (writes) rmSync(join(reports, name));
  else outdated = true;
}
if (outdated) {
  console.error("the public surface has changed; where that is meant, run: npm run api -- --write");
  process.exitCode = 1;
}

/** Only what is wrong with the types themselves is printed. */
function quiet(message) {
  if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true;
}
