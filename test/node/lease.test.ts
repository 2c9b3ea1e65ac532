import { readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { acquireLease } from "../../src/node/lease.js";
import { filesFor, type SaveFiles } from "../../src/node/save-files.js";
import { rejection } from "../support/outcome.js";
import { emptyFolder } from "./served-export.js";

const HOUR = 3_600_000;
const foreign = "users.part.lock-0123456789ab-1-1-00";

let folder: string;
let files: SaveFiles;

/** Puts up the lock of another machine, whose clock is wrong by so much. */
async function putUp(name: string, offsetMs: number): Promise<void> {
  await writeFile(join(folder, name), "0");
  await stamp(name, offsetMs);
}

async function stamp(name: string, offsetMs: number): Promise<void> {
  const time = new Date(Date.now() + offsetMs);
  await utimes(join(folder, name), time, time);
}

/** A wait that takes no time and does something in between; counts how often. */
function sleeping(act: (looks: number) => Promise<unknown> = async () => {}) {
  const counted = {
    ms: 0,
    async sleep(ms: number) {
      counted.ms += ms;
      await act(counted.ms / 1_000);
    },
  };
  return counted;
}

beforeEach(async () => {
  folder = await emptyFolder();
  files = filesFor(join(folder, "users"));
});

describe.each([
  ["an hour behind", -HOUR],
  ["an hour ahead", HOUR],
])("a lock of another machine whose clock is %s", (_, offset) => {
  it("is respected where its holder is seen to move, and then at once", async () => {
    await putUp(foreign, offset);
    const waits = sleeping(async (looks) => looks === 5 && writeFile(join(folder, foreign), "1"));
    const error = await rejection<Error>(acquireLease(files, undefined, waits.sleep));
    expect(error).toMatchObject({ code: "CONCURRENCY_LIMIT", retryable: true });
    expect(error.message).toMatch(/^a process on another machine or in another container is saving/);
    expect(waits.ms).toBe(5_000);
    expect(await readdir(folder)).toEqual([foreign]);
  });

  it("is respected where only its time moves, be it by a beat every 19 s", async () => {
    await putUp(foreign, offset);
    const waits = sleeping(async (looks) => looks === 19 && stamp(foreign, offset + 19_000));
    expect(await rejection(acquireLease(files, undefined, waits.sleep))).toMatchObject({
      code: "CONCURRENCY_LIMIT",
    });
    expect(waits.ms).toBe(19_000);
  });

  it("is cleared away after 20 s without a move, together with what its holder had prepared", async () => {
    await putUp(foreign, offset);
    const prepared = ["users.part.0123456789ab-1-1-00", "users.part.json.0123456789ab-1-1-00"];
    for (const name of [...prepared, "users.part", "users.part.json", "users.part.bak"]) {
      await writeFile(join(folder, name), "");
    }
    const waits = sleeping();
    const lease = await acquireLease(files, undefined, waits.sleep);
    expect(waits.ms).toBe(20_000);
    expect(await readdir(folder)).toEqual([
      "users.part",
      "users.part.bak",
      "users.part.json",
      `users.part.lock-${lease.id}`,
    ]);
    await lease.release();
  });
});

it("several silent holders are watched at the same time", async () => {
  await putUp(foreign, -HOUR);
  await putUp(`${foreign}1`, HOUR);
  const waits = sleeping();
  const lease = await acquireLease(files, undefined, waits.sleep);
  expect(waits.ms).toBe(20_000);
  await lease.release();
});

it("a holder that gives its lock back while it is watched is waited for no longer", async () => {
  await putUp(foreign, -HOUR);
  const waits = sleeping(async (looks) => looks === 3 && rm(join(folder, foreign)));
  const lease = await acquireLease(files, undefined, waits.sleep);
  expect(waits.ms).toBe(3_000);
  await lease.release();
});

it("of several at once in one process one gets the lease, and none waits for a lock that is gone", async () => {
  const waits = sleeping();
  const take = async () => {
    const lease = await acquireLease(files, undefined, waits.sleep);
    await lease.release();
  };
  for (let round = 0; round < 20; round++) {
    const outcomes = await Promise.allSettled([take(), take(), take(), take()]);
    expect(outcomes.some(({ status }) => status === "fulfilled")).toBe(true);
  }
  expect(waits.ms).toBe(0);
});

it("a wait for a silent holder ends with the signal", async () => {
  await putUp(foreign, -HOUR);
  const reason = new Error("enough");
  const sleep = async () => {
    throw reason;
  };
  expect(await rejection(acquireLease(files, undefined, sleep))).toBe(reason);
  expect(await readdir(folder)).toEqual([foreign]);
});

it("a lock that looks new is respected without a wait, and its time is told", async () => {
  await putUp(foreign, -5_000);
  const waits = sleeping();
  const error = await rejection<Error>(acquireLease(files, undefined, waits.sleep));
  expect(error).toMatchObject({ code: "CONCURRENCY_LIMIT", retryAt: expect.any(Date) });
  expect(error.message).toMatch(/^a process on another machine or in another container is saving/);
  expect(waits.ms).toBe(0);
});

it("a holder moves every 5 s, four times before anybody takes it for gone", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const lease = await acquireLease(files, undefined);
  const path = join(folder, `users.part.lock-${lease.id}`);
  let beat = await readFile(path, "utf8");
  for (let beats = 0; beats < 4; beats++) {
    vi.advanceTimersByTime(5_000);
    const before = beat;
    while (beat === before) beat = await readFile(path, "utf8");
  }
  await lease.release();
  expect(vi.getTimerCount()).toBe(0);
});

it("a lock names when its process began, so that its number may go to another", async () => {
  const lease = await acquireLease(files, undefined);
  const stat = await readFile("/proc/self/stat", "utf8").catch(() => "");
  const begun = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "0";
  expect(lease.id).toContain(`-${process.pid}-${begun}-`);
  await lease.release();
});

it("a part that lost its only name gets it back", async () => {
  await writeFile(join(folder, "users.part.0123456789ab-1-1-00"), "all of it");
  const lease = await acquireLease(files, undefined);
  expect(await readFile(files.part, "utf8")).toBe("all of it");
  await lease.release();
});

it("a lock that the folder did not let go is no obstacle to the next save of this thread", async () => {
  const lease = await acquireLease(files, undefined);
  const name = `users.part.lock-${lease.id}`;
  await lease.release();
  // As if the folder had been read-only: the file is still there.
  await writeFile(join(folder, name), "0");
  await stamp(name, -HOUR);
  const waits = sleeping();
  const next = await acquireLease(files, undefined, waits.sleep);
  expect(await readdir(folder)).toEqual([`users.part.lock-${next.id}`]);
  await next.release();
});

it("names beside a name of 255 bytes fit into a folder", async () => {
  const path = join(folder, `${"表".repeat(83)}.csv.x`);
  const long = filesFor(path);
  const lease = await acquireLease(long, undefined);
  for (const name of [long.part, long.state, long.job]) await writeFile(`${name}.${lease.id}`, "");
  await writeFile(path, "");
  expect(filesFor(`${path.slice(0, -1)}y`).part).not.toBe(long.part);
  await lease.release();
});
