import { readFileSync } from "node:fs";
import { transform } from "esbuild";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { createAuthgearEmulator, createTestClock } from "exportkit/testing";
import { expect, it } from "vitest";

const Program = (async () => {}).constructor as new (
  ...text: readonly string[]
) => (...values: readonly unknown[]) => Promise<void>;

it("a task that a script has started becomes a job, as the guide says", async () => {
  const guide = readFileSync(new URL("../../docs/migrating.md", import.meta.url), "utf8");
  const [, sample = ""] = /```ts\n([\s\S]*?)```/.exec(guide) ?? [];
  const clock = createTestClock();
  const emulator = createAuthgearEmulator({ tokens: ["token"], users: 7, clock });
  const providers = { users: authgear({ endpoint: emulator.endpoint, token: "token" }) };
  const client = createExportClient({ providers, fetch: emulator.fetch, clock });
  const { id: taskId } = await client.startExport("users", { format: "ndjson" });
  const seen: unknown[] = [];
  const { code } = await transform(`async () => {\n${sample}\n}`, { loader: "ts" });
  const run = new Program("client", "taskId", "console", `return (${code.trim().replace(/;$/, "")})()`);
  await run(client, taskId, { log: (user: unknown) => seen.push(user) });
  expect(seen).toHaveLength(7);
});
