import { createHash } from "node:crypto";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import {
  authgearExportBytes,
  createAuthgearEmulator,
  createTestClock,
  serveEmulator,
} from "exportkit/testing";

export interface CutDownloadOptions {
  /** How many users the export holds; one takes about 1 kB. */
  readonly users: number;
  readonly cuts: number;
  /** The same seed cuts at the same places. */
  readonly seed: number;
}

export interface CutDownload {
  readonly bytes: number;
  readonly sha256: string;
  readonly expectedBytes: number;
  readonly expectedSha256: string;
  /** The offsets at which the download went on. */
  readonly resumedAt: readonly number[];
  /** How many cuts are left over; 0 says that every one has happened. */
  readonly cutsLeft: number;
  /** Requests for the file that the store refused because the URL had ended. */
  readonly refused: number;
  /** How often a URL was asked for. */
  readonly located: number;
  readonly seconds: number;
}

const token = "ready-made-token";
const urlLifetimeMs = 60_000;

/**
 * Downloads an export over loopback sockets that break at random places, while every URL ends between two breaks: one
 * half of them where the client can know it, the other half where only the store's clock tells.
 */
export async function downloadWithCuts({ users, cuts, seed }: CutDownloadOptions): Promise<CutDownload> {
  const expected = createHash("sha256");
  let expectedBytes = 0;
  for await (const chunk of authgearExportBytes({ format: "ndjson", users })) {
    expected.update(chunk);
    expectedBytes += chunk.byteLength;
  }

  const clock = createTestClock();
  let ahead = 0;
  const emulator = createAuthgearEmulator({
    users,
    urlLifetimeMs,
    tokens: [token],
    clock: { now: () => clock.now() + ahead, sleep: clock.sleep },
  });
  let expired = false;
  const isCut = ({ operation }: { readonly operation: string }) => {
    if (operation === "poll") expired = false;
    // A refused request has no body to cut.
    return operation === "artifact" && !expired;
  };
  let place = 0;
  for (const next of cutPlaces(cuts, expectedBytes, seed)) {
    emulator.faults.add({ on: isCut, fault: { type: "drop", afterBytes: next - place } });
    place = next;
  }

  await using served = await serveEmulator(emulator);
  const resumedAt: number[] = [];
  const client = createExportClient({
    providers: { users: authgear({ endpoint: served.endpoint, token }) },
    clock,
    onEvent(event) {
      if (event.type !== "resume") return;
      resumedAt.push(event.offset);
      if (resumedAt.length % 2 === 0) clock.advance(urlLifetimeMs);
      else {
        ahead += urlLifetimeMs;
        expired = true;
      }
    },
  });
  const job = await client.waitForExport(await client.startExport("users", { format: "ndjson" }));
  const pollsBefore = emulator.requests.filter(({ operation }) => operation === "poll").length;

  const startedAt = performance.now();
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of (await client.download(job)).bytes()) {
    hash.update(chunk);
    bytes += chunk.byteLength;
  }
  const asked = (operation: string) => emulator.requests.filter((request) => request.operation === operation);
  return {
    bytes,
    sha256: hash.digest("hex"),
    expectedBytes,
    expectedSha256: expected.digest("hex"),
    resumedAt,
    cutsLeft: emulator.faults.remaining,
    refused: asked("artifact").filter(({ status }) => status === 400).length,
    located: asked("poll").length - pollsBefore,
    seconds: (performance.now() - startedAt) / 1000,
  };
}

/** Different places inside a file, in order. */
function cutPlaces(cuts: number, size: number, seed: number): readonly number[] {
  const random = randomOf(seed);
  const places = new Set<number>();
  while (places.size < cuts) places.add(1 + Math.floor(random() * (size - 1)));
  return [...places].sort((a, b) => a - b);
}

/** Numbers from 0 up to 1 by Marsaglia's xorshift, 32 bits; the seed is not 0. */
function randomOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
