import { createExportClient } from "exportkit";
import { advanceExport, beginExport, type ExportState } from "exportkit/durable";
import { createTestClock, createZephrEmulator } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { memorySink } from "./memory-sink.js";

const PAGES = 500;
const PAGE_SIZE = 20;

describe(`a listing of ${PAGES} pages`, () => {
  it.each([50])(
    "is delivered by invocations of %d requests, each with a client of its own",
    async (requests) => {
      const clock = createTestClock();
      const keys = { accessKey: "access", secretKey: "secret" };
      const emulator = createZephrEmulator({
        keys: { [keys.accessKey]: keys.secretKey },
        users: PAGES * PAGE_SIZE,
        clock,
      });
      const { sink, store } = memorySink();
      let state: ExportState = beginExport("readers", { pageSize: PAGE_SIZE });
      const spent: number[] = [];
      while (state.phase !== "done" && spent.length < PAGES) {
        const client = createExportClient({
          providers: { readers: zephr({ baseUrl: emulator.endpoint, ...keys }) },
          fetch: emulator.fetch,
          clock,
        });
        const before = emulator.requests.length;
        // What a platform hands over is JSON.
        const budget = { requests };
        do state = await advanceExport(client, JSON.parse(JSON.stringify(state)), { sink, budget });
        while (state.phase === "starting");
        spent.push(emulator.requests.length - before);
      }
      expect(state).toMatchObject({ phase: "done", records: PAGES * PAGE_SIZE });
      const ids = store.records.map((record) => (record as { user: { user_id: string } }).user.user_id);
      expect(ids).toHaveLength(PAGES * PAGE_SIZE);
      expect(new Set(ids).size).toBe(ids.length);
      expect(Math.max(...spent)).toBeLessThanOrEqual(requests);
      // Resuming looks at a page or two again; it does not read the listing from its beginning.
      const total = spent.reduce((sum, count) => sum + count);
      expect(total).toBeLessThanOrEqual(PAGES + 4 * spent.length);
    },
  );
});
