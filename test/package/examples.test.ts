import { readFileSync } from "node:fs";
import { transform } from "esbuild";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { createAuthgearEmulator, createTestClock } from "exportkit/testing";
import { describe, expect, it } from "vitest";

const USERS = 5;

/** The examples in the documentation of an interface's members, by the members' names. */
function examplesOf(file: string, name: string): readonly (readonly [member: string, code: string])[] {
  const text = readFileSync(new URL(`../../src/${file}`, import.meta.url), "utf8");
  const [, body = ""] =
    new RegExp(`^export interface ${name}\\b[^]*?\\{\\n([^]*?)^\\}`, "m").exec(text) ?? [];
  const members = body.matchAll(/^ {2}\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(\w+)(?=[<(])/gm);
  return [...members].flatMap(([, comment = "", member = ""]) => {
    const [, code] = /@example\s+\* ```ts\n([\s\S]*?)```/.exec(comment) ?? [];
    return [[member, (code ?? "").replace(/^ *\* ?/gm, "")] as const];
  });
}

/** Everything that an example may name. */
async function world() {
  const clock = createTestClock();
  const emulator = createAuthgearEmulator({ tokens: ["ready-made-token"], users: USERS, clock });
  const users = authgear({ endpoint: emulator.endpoint, token: "ready-made-token" });
  const client = createExportClient({ providers: { users }, fetch: emulator.fetch, clock });
  const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
  const download = await client.download(job);
  const interrupted = await client.download(job);
  for await (const _ of interrupted) break;
  const tell = () => {};
  const upsert = async () => {};
  const db = {
    put: upsert,
    transaction: (run: (tx: object) => Promise<void>) => run({ upsert, save: upsert }),
  };
  const names = {
    client,
    job,
    download,
    db,
    row: { job, checkpoint: interrupted.checkpoint() },
    console: { log: tell, warn: tell },
    comeBackIn: upsert,
  };
  return names;
}

const Program = (async () => {}).constructor as new (
  ...text: readonly string[]
) => (...values: readonly unknown[]) => Promise<void>;

describe.each([
  ["ExportClient", "export-client.ts"],
  ["ExportDownload", "download/types.ts"],
])("the examples of %s", (name, file) => {
  const examples = examplesOf(file, name).filter(([, code]) => code !== "");

  it("are there for every method", () => {
    const without = new Set(examplesOf(file, name).map(([member]) => member));
    for (const [member] of examples) without.delete(member);
    expect([...without]).toEqual([]);
    expect(examples.length).toBeGreaterThan(5);
  });

  it.each(examples)("%s runs, and uses what it shows", async (member, example) => {
    const names = await world();
    expect(example).toContain(`.${member}(`);
    const { code } = await transform(`async () => {\n${example}\n}`, { loader: "ts" });
    const run = new Program(...Object.keys(names), `return (${code.replace(/;\s*$/, "")})()`);
    await expect(run(...Object.values(names))).resolves.toBeUndefined();
  });
});
