// What exportkit reads from workbooks and archives of foreign writers: `npm run test:writers`. Apache POI, fastexcel and
// Commons Compress (where Maven is there), excelize (where Go is), XlsxWriter, PyExcelerate, openpyxl, polars and zipfile
// write them; openpyxl and calamine read the same workbooks, and every cell is compared.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { avepoint } from "../../dist/avepoint.js";
import { createExportClient } from "../../dist/index.js";

const here = fileURLToPath(new URL("writers", import.meta.url));
const cache = fileURLToPath(new URL("../../node_modules/.cache/writers", import.meta.url));
const out = join(cache, "out");
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });

const run = (command, words, cwd = here) =>
  execFileSync(command, words, { cwd, stdio: ["ignore", "ignore", "inherit"] });
const isThere = (command, ...words) => {
  try {
    execFileSync(command, words, { stdio: "ignore" });
    return true;
  } catch {
    console.log(`${command} is not there: its writers are left out`);
    return false;
  }
};

const python = join(cache, "venv/bin/python");
if (!existsSync(python)) {
  run("python3", ["-m", "venv", join(cache, "venv")]);
  const packages = ["openpyxl==3.1.5", "python-calamine", "xlsxwriter", "pyexcelerate", "polars"];
  run(python, ["-m", "pip", "install", "--quiet", ...packages]);
}
run(python, ["python.py", out]);
if (isThere("go", "version")) {
  const module = join(cache, "go");
  mkdirSync(module, { recursive: true });
  for (const file of ["go.mod", "main.go"]) writeFileSync(join(module, file), readFileSync(join(here, file)));
  run("go", ["mod", "tidy", "-e"], module);
  run("go", ["run", ".", out], module);
}
if (isThere("mvn", "--version")) {
  const jars = join(cache, "jars");
  if (!existsSync(jars))
    run("mvn", ["-q", "-B", "dependency:copy-dependencies", `-DoutputDirectory=${jars}`]);
  run("java", [
    "-Dlog4j2.loggerContextFactory=org.apache.logging.log4j.simple.SimpleLoggerContextFactory",
    "-cp",
    `${jars}/*`,
    "Writers.java",
    out,
  ]);
}

/** The cells by sheet and row, of an archive under each member's name; throws where a row is broken. */
async function read(name, ranges) {
  const file = readFileSync(join(out, name));
  const client = createExportClient({
    providers: { access: avepoint({ dataCenter: "us", token: "t", workbooks: { headerRow: "none" } }) },
    fetch: async (input) => {
      const { url, headers } = new Request(input);
      if (!url.endsWith("/exportfile")) {
        const body = url.endsWith("/exportstatus") ? { jobStatus: 2 } : { jobId: "1" };
        return Response.json({ ...body, status: 200, message: "" });
      }
      const [, from, to] = (ranges && /^bytes=(\d+)-(\d*)$/.exec(headers.get("range") ?? "")) || [];
      if (from === undefined)
        return new Response(file, { headers: { etag: '"1"', "content-length": file.length } });
      const piece = file.subarray(Number(from), to ? Number(to) + 1 : file.length);
      const place = `bytes ${from}-${Number(from) + piece.length - 1}/${file.length}`;
      return new Response(piece, { status: 206, headers: { etag: '"1"', "content-range": place } });
    },
  });
  const found = {};
  const download = await client.runExport("access", {
    report: "sitePermissions",
    siteUrls: ["https://s.example"],
  });
  for await (const { file, sheet, row, cells } of download) {
    found[file] ??= {};
    found[file][sheet] ??= {};
    found[file][sheet][row] = cells;
  }
  return found;
}

let wrong = 0;
let archives = 0;
const workbooks = {};
for (const name of readdirSync(out).sort()) {
  const [found, streamed] = [await read(name, true), await read(name, false)];
  if (!isDeepStrictEqual(found, streamed)) {
    wrong += 1;
    console.log(`${name}: by ranges other cells than without`);
  }
  const members = Object.keys(found);
  if (name.endsWith(".xlsx")) workbooks[name] = found[members[0]];
  else {
    archives += 1;
    const [one, two] = Object.values(found);
    if (!isDeepStrictEqual(members, ["a/é東.xlsx", "b.xlsx"]) || !isDeepStrictEqual(one, two)) {
      wrong += 1;
      console.log(`${name}: ${members.join(", ")}`);
    }
  }
}
console.log(`${archives} archives, ${wrong} wrong`);
writeFileSync(join(cache, "read.json"), JSON.stringify(workbooks));
try {
  execFileSync(python, [join(here, "compare.py"), out, join(cache, "read.json")], { stdio: "inherit" });
} catch {
  wrong += 1;
}
process.exitCode = wrong === 0 ? 0 : 1;
