import { join } from "node:path";
import { ExportError } from "exportkit";
import { advanceExport, beginExport } from "exportkit/durable";
import { saveExport } from "exportkit/node";
import { describe, expect, it } from "vitest";
import { harness } from "../client/harness.js";
import { memorySink } from "../durable/memory-sink.js";
import { emptyFolder } from "../node/served-export.js";
import { rejection } from "../support/outcome.js";

const request = { format: "ndjson" } as const;
const pages = (message: string) => [...message.matchAll(/docs\/\S+/g)].map(([page]) => page);

describe("the text of an error", () => {
  it("ends with the page that says what to do, and names no other of what caused it", async () => {
    const { client, emulator } = harness();
    emulator.faults.add({ on: "start", fault: { type: "reset" } });
    const error = await rejection<ExportError>(client.startExport("users", request));
    expect(error.message).toMatch(/before starting another; see docs\/errors\.md#start_outcome_unknown$/);
    expect(pages(error.message)).toHaveLength(1);
    expect((error.cause as ExportError).message).toMatch(/; see docs\/errors\.md#network$/);
    expect(ExportError.fromJSON(error.toJSON()).message).toBe(error.message);
  });

  it("ends with it also where the claim of a durable run was spent", async () => {
    const { client } = harness();
    const step = { sink: memorySink().sink, claimStart: async () => false };
    const error = await rejection<ExportError>(advanceExport(client, beginExport("users", request), step));
    expect(error.message).toMatch(/another claim; see docs\/errors\.md#start_outcome_unknown$/);
  });

  it("ends with it behind what saveExport says to do", async () => {
    const { client, emulator } = harness();
    const job = await client.waitForExport(await client.startExport("users", request));
    emulator.faults.add({ on: "poll", times: 99, fault: { type: "status", status: 404 } });
    const error = await rejection<ExportError>(saveExport(client, job, join(await emptyFolder(), "users")));
    expect(error.message).toMatch(/\. .*it resumes; see docs\/errors\.md#not_found$/);
    expect(pages(error.message)).toHaveLength(1);
  });

  it("is complete by itself where it names what the caller passed", async () => {
    const { client } = harness();
    const wrong = { format: "xml" } as never;
    const error = await rejection<ExportError>(client.startExport("users", wrong));
    expect(error.code).toBe("REQUEST_INVALID");
    expect(pages(error.message)).toEqual([]);
  });
});
