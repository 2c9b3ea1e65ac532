// What a user gets: the tarball's metadata and types (publint, are-the-types-wrong), then the tarball itself installed
// into an empty project and used from ESM, CommonJS, and TypeScript with both ways of resolving modules.
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { installPacked, root } from "./pack.js";

const bin = (name) => join(root, "node_modules/.bin", name);
const run = (command, args, cwd = root) => execFileSync(command, args, { cwd, stdio: "inherit" });

const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const names = Object.keys(exports)
  .filter((path) => path !== "./package.json")
  .map((path) => path.replace(/^\./, "exportkit"));

const { app, tarball } = installPacked();
try {
  run(bin("publint"), [tarball, "--strict"]);
  run(bin("attw"), [tarball]);

  // An optional peer: who imports exportkit/otel has it.
  cpSync(join(root, "node_modules/@opentelemetry/api"), join(app, "node_modules/@opentelemetry/api"), {
    recursive: true,
  });

  const listing = names.map((name, index) => `import * as m${index} from "${name}";`).join("\n");
  const uses = names.map(
    (name, index) => `if (Object.keys(m${index}).length === 0) throw new Error("${name} is empty");`,
  );
  // On Node the package has a part of zod of its own; its schemas have to fit into those of anybody's zod.
  const schemas = `import * as z from "zod/mini"; import { wordOption } from "exportkit/provider";
    const schema = z.strictObject({ key: z.optional(wordOption()) });
    if (schema.safeParse({ key: "a" }).data?.key !== "a" || schema.safeParse({ key: " a" }).success)
      throw new Error("a schema of exportkit/provider does not work in one of zod");`;
  writeFileSync(join(app, "use.mjs"), `${listing}\n${uses.join("\n")}\n${schemas}\n`);
  const requires = names.map(
    (name) => `if (Object.keys(require("${name}")).length === 0) throw new Error("${name} is empty");`,
  );
  writeFileSync(join(app, "use.cjs"), `${requires.join("\n")}\n`);
  run(process.execPath, [join(app, "use.mjs")], app);
  run(process.execPath, [join(app, "use.cjs")], app);
  run(join(app, "node_modules/.bin/exportkit"), ["--version"], app);

  // The command line and exportkit/node share the code that saves; two copies would be two opinions about one file.
  const dist = join(app, "node_modules/exportkit/dist");
  const saving = readdirSync(dist).filter(
    (file) =>
      file.endsWith(".js") && /function saveUnderLease\b/.test(readFileSync(join(dist, file), "utf8")),
  );
  if (saving.length !== 1) throw new Error(`the code that saves is in ${saving.join(", ") || "no file"}`);

  // A bundler shares zod with the program, for Node too; two copies would be 20 KB more.
  const bundle = {
    stdin: { contents: 'export * from "exportkit/zephr"', resolveDir: app },
    platform: "node",
  };
  const { metafile } = await build({ ...bundle, bundle: true, metafile: true, write: false });
  if (Object.keys(metafile.inputs).some((path) => path.endsWith("dist/zod.js")))
    throw new Error("a bundle for Node holds a copy of zod of its own");

  const sample = readFileSync(join(root, "test/package/consumer.ts"), "utf8");
  writeFileSync(join(app, "consumer.mts"), sample);
  writeFileSync(join(app, "consumer.cts"), sample);
  for (const resolution of ["nodenext", "bundler"]) {
    const files = resolution === "bundler" ? ["consumer.mts"] : ["consumer.mts", "consumer.cts"];
    const compilerOptions = {
      strict: true,
      noEmit: true,
      target: "es2022",
      lib: ["es2022", "esnext.disposable", "dom", "dom.iterable"],
      types: [],
      skipLibCheck: false,
      module: resolution === "bundler" ? "esnext" : "nodenext",
      moduleResolution: resolution,
    };
    writeFileSync(join(app, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    run(bin("tsc"), ["-p", app], app);
    console.log(`types compile with moduleResolution ${resolution}: ${files.join(", ")}`);
  }
} finally {
  rmSync(app, { recursive: true, force: true });
}
console.log(`${names.length} entry points load as ESM and as CommonJS, and type-check`);
