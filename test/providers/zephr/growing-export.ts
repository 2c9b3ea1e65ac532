import { type BudgetLimits, type Checkpoint, createExportClient } from "exportkit";
import {
  createTestClock,
  createZephrEmulator,
  type ZephrEmulator,
  type ZephrEmulatorOptions,
  zephrUserId,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";

export const keys = { accessKey: "AK", secretKey: "s3cr3t" };

/** An export out of a listing that changes; every part of it runs in a client of its own, as another process would. */
export interface GrowingExport {
  readonly emulator: ZephrEmulator;
  /** The ids handed over so far, in order. */
  readonly ids: string[];
  /** Reads on for so many records, or until a budget ends; `false` once the export is over. */
  read(records: number, budget?: BudgetLimits): Promise<boolean>;
}

export interface GrowingOptions extends ZephrEmulatorOptions {
  readonly pageSize: number;
  readonly prefetchPages: number;
}

export async function growingExport(options: GrowingOptions): Promise<GrowingExport> {
  const { pageSize, prefetchPages, ...vendor } = options;
  const clock = createTestClock();
  const emulator = createZephrEmulator({
    keys: { [keys.accessKey]: keys.secretKey },
    clock,
    ...vendor,
  });
  const client = () =>
    createExportClient({
      providers: { readers: zephr({ baseUrl: emulator.endpoint, ...keys }) },
      fetch: emulator.fetch,
      clock,
      prefetchPages,
    });
  const job = await client().startExport("readers", { pageSize });
  const ids: string[] = [];
  let checkpoint: Checkpoint | undefined;
  return {
    emulator,
    ids,
    async read(records, budget) {
      const download = await client().download(job, { checkpoint, budget });
      let left = records;
      for await (const item of download) {
        ids.push(item.user.user_id);
        left -= 1;
        if (left > 0) continue;
        break;
      }
      checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
      return !download.complete;
    },
  };
}

/** What is wrong with what was handed over: users of the beginning who are missing, and users who came twice. */
export function mistakes(ids: readonly string[], users: number): { lost: string[]; twice: string[] } {
  const seen = new Set(ids);
  return {
    lost: Array.from({ length: users }, (_, index) => zephrUserId(index)).filter((id) => !seen.has(id)),
    twice: ids.filter((id, index) => ids.indexOf(id) !== index),
  };
}

export const none = { lost: [], twice: [] };
