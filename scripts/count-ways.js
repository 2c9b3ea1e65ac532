// Counts how a call runs through the files of the engine: how many it passes through, and how often it comes back to one that
// it had left, by the order in which functions are entered.
//
//   node scripts/count-ways.js                 the ways of a start, and of the first connection to a file
//   node scripts/count-ways.js start           that one step by step: each file, and what is entered there
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import ts from "typescript";

const root = fileURLToPath(new URL("..", import.meta.url));
const src = `${root}src/`;

// Adapters, the kit and decoders are no part of the engine; the ground, and the connection that every function is given, are
// what all files stand on.
const ENGINE = /^(client\.ts|(jobs|transport|artifact|download)\/.*)$/;

/** A source with a note wherever a function begins. */
function withEntries(name, text) {
  const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
  const notes = [];
  const visit = (node) => {
    const { body } = node;
    if (ts.isFunctionLike(node) && body) {
      const title = (node.name ?? node.parent.name)?.getText(file) ?? "";
      const note = `globalThis.entered?.(${JSON.stringify(name)}, ${JSON.stringify(title)})`;
      if (ts.isBlock(body)) notes.push([body.getStart(file) + 1, `${note};`]);
      else notes.push([body.getStart(file), `(${note}, `], [body.getEnd(), ")"]);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  // From the end, so that places stay.
  return notes
    .reverse()
    .sort(([one], [other]) => other - one)
    .reduce((noted, [at, note]) => noted.slice(0, at) + note + noted.slice(at), text);
}

/** The client, an adapter, the kit and an emulator, as one module. */
async function load() {
  const modules = ["index", "client", "artifact/resumable-artifact", "provider/index"];
  const entry = [...modules, "providers/authgear/index", "testing/index"]
    .map((path) => `export * from "./${path}.js";`)
    .join("");
  const ways = {
    name: "ways",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^#once$/ }, () => ({ path: `${src}transport/once/node.ts` }));
      onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        const name = path.slice(src.length).replaceAll("\\", "/");
        const text = await readFile(path, "utf8");
        return { contents: ENGINE.test(name) ? withEntries(name, text) : text, loader: "ts" };
      });
    },
  };
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: src },
    plugins: [ways],
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
    packages: "external",
  });
  const cache = `${root}node_modules/.cache`;
  const file = `${cache}/ways-${process.pid}.mjs`;
  await mkdir(cache, { recursive: true });
  await writeFile(file, outputFiles[0].text);
  try {
    return await import(pathToFileURL(file).href);
  } finally {
    await rm(file);
  }
}

/** The files that a call passes through, one behind the other, and what is entered in each. */
async function way(call) {
  const steps = [];
  globalThis.entered = (file, name) => {
    const last = steps.at(-1);
    if (last?.file === file) last.names.push(name);
    else steps.push({ file, names: [name] });
  };
  await call();
  globalThis.entered = undefined;
  return steps;
}

const kit = await load();

async function start() {
  const { keyId, publicKey, privateKey } = await kit.generateAuthgearKeys();
  const { endpoint, fetch } = kit.createAuthgearEmulator({ keys: { [keyId]: publicKey } });
  const users = kit.authgear({ endpoint, projectId: "myapp", keyId, privateKey });
  const client = kit.createExportClient({ providers: { users }, fetch });
  return way(() => client.startExport("users", { format: "ndjson" }));
}

/** The adapter knows the file's URL, so that nothing else is asked. */
async function connect() {
  const url = "https://store.example/orders.ndjson";
  const headers = { etag: '"1"', "content-type": "application/x-ndjson" };
  const provider = {
    spec: 1,
    name: "orders",
    capabilities: { jobs: "immediate", progress: false, formats: ["ndjson"] },
    requestSchema: { "~standard": { version: 1, vendor: "orders", validate: (value) => ({ value }) } },
    start: async () => ({ id: "1", status: "succeeded" }),
    poll: async () => ({ status: "succeeded" }),
    delivery: kit.fileDelivery({
      locate: async () => ({ url, credentials: "none" }),
      records: () => kit.ndjson(),
    }),
  };
  const fetch = async () => new Response('{"id":1}\n', { headers });
  const client = kit.createExportClient({ providers: { orders: provider }, fetch });
  const job = await client.startExport("orders", {});
  const connection = kit.insideOf(client).connectionNamed("orders");
  const { signal } = new AbortController();
  const file = new kit.ResumableArtifact({ connection, job, signal, locations: {}, part: 0 });
  return way(() => file.open(0));
}

for (const call of [start, connect]) {
  const steps = await call();
  const files = new Set(steps.map(({ file }) => file)).size;
  if (process.argv.includes(call.name))
    for (const { file, names } of steps) console.log(`${file.padEnd(32)}${names.filter(Boolean).join(" ")}`);
  if (process.argv.length === 2 || process.argv.includes(call.name))
    console.log(`${call.name}: ${files} files, ${steps.length - files} returns`);
}
