import type { ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { type AuthgearEmulatorOptions, createTestClock, generateAuthgearKeys } from "exportkit/testing";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { count, type HarnessOptions, harness, type SentRequest } from "../client/harness.js";
import { rejection } from "../support/outcome.js";

let keys: Awaited<ReturnType<typeof generateAuthgearKeys>>;
beforeAll(async () => {
  keys = await generateAuthgearKeys();
});

function signed(options: HarnessOptions = {}) {
  const { keyId, privateKey, publicKey } = keys;
  return harness({
    provider: authgear({
      endpoint: "https://myapp.authgearapps.com",
      projectId: "myapp",
      keyId,
      privateKey,
    }),
    ...options,
    emulator: { keys: { [keyId]: publicKey }, tokens: [], ...options.emulator },
  });
}

const jwtOf = ({ headers }: SentRequest) => headers.get("authorization")?.slice("Bearer ".length) ?? "";

describe("a token", () => {
  it("is RS256 with the key's id, for the project, from 30 s ago to 5 minutes ahead", async () => {
    const { client, sent, clock } = signed();
    await client.startExport("users", { format: "ndjson" });
    const [request] = sent;
    const jwt = request ? jwtOf(request) : "";
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: "RS256", typ: "JWT", kid: keys.keyId });
    const now = clock.now() / 1000;
    expect(decodeJwt(jwt)).toEqual({ aud: "myapp", iat: now - 30, exp: now + 300 });
  });

  it("is made again for each attempt", async () => {
    const { client, sent, emulator, clock } = signed({ settings: { retry: { minDelayMs: 20_000 } } });
    emulator.faults.add({ on: "start", times: 3, fault: { type: "status", status: 429 } });
    await client.startExport("users", { format: "ndjson" });
    const tokens = sent.map(jwtOf);
    expect(new Set(tokens).size).toBe(4);
    const issued = tokens.map((jwt) => (decodeJwt(jwt).iat ?? 0) * 1000 + 30_000);
    const begin = Date.UTC(2026, 0, 1);
    expect(issued).toEqual([begin, begin + 10_000, begin + 25_000, begin + 40_000]);
    expect(clock.sleeps).toEqual([10_000, 15_000, 15_000]);
  });

  it("stays good however long an export takes", async () => {
    const { client, clock } = signed({ emulator: { jobDurationMs: 20 * 60_000 } });
    const download = await client.runExport("users", { format: "ndjson" });
    clock.advance(10 * 60_000);
    let records = 0;
    for await (const _ of download) records += 1;
    expect(records).toBe(20);
  });

  it("never goes to the store, whose signature is all it wants", async () => {
    const { client, sent, emulator } = signed();
    for await (const _ of await client.runExport("users", { format: "ndjson" }));
    const toStore = sent.filter(({ url }) => url.origin === emulator.storeOrigin);
    expect(toStore.length).toBeGreaterThan(0);
    expect(toStore.every(({ headers }) => !headers.has("authorization"))).toBe(true);
  });
});

describe("a clock that is off", () => {
  const apart = (ms: number, emulator: AuthgearEmulatorOptions = {}) => {
    const theirs = createTestClock(Date.UTC(2026, 0, 1) + ms);
    // A server from before May 2026 allows no skew at all.
    return signed({ emulator: { clock: theirs, allowedClockSkewMs: 0, ...emulator } });
  };

  it.each([
    ["10 minutes behind the vendor's", 600_000],
    ["a minute ahead of the vendor's", -60_000],
    ["a year behind", 365 * 86_400_000],
  ])("%s is learned from the refusal, and the request sent once more", async (_, ms) => {
    const { client, sent, emulator, events } = apart(ms);
    const job = await client.startExport("users", { format: "ndjson" });
    expect(emulator.requests.map(({ status }) => status)).toEqual([403, 200]);
    expect(emulator.tasks).toHaveLength(1);
    expect(events.filter(({ type }) => type === "refresh")).toMatchObject([{ what: "clock" }]);
    const [first, second] = sent.map((request) => decodeJwt(jwtOf(request)).iat ?? 0);
    expect((second ?? 0) - (first ?? 0)).toBe(ms / 1000);

    // Learned once: what follows is right at the first attempt.
    expect(await client.pollExport(job)).toMatchObject({ status: "succeeded" });
    expect(count(emulator, "poll")).toBe(1);
  });

  it("is no reason to send a second time where the clocks agree", async () => {
    const { client, emulator } = signed({ emulator: { projectId: "another" } });
    const error = await rejection<ExportError>(client.startExport("users", { format: "ndjson" }));
    expect(error).toMatchObject({ code: "FORBIDDEN", retryable: false });
    expect(error.message).toContain("Check that keyId and privateKey are a pair");
    expect(emulator.requests).toHaveLength(1);
  });

  it("is corrected once, and a second refusal is final", async () => {
    const { client, emulator } = apart(600_000, { keys: {} });
    expect(await rejection(client.startExport("users", { format: "ndjson" }))).toMatchObject({
      code: "FORBIDDEN",
    });
    expect(emulator.requests).toHaveLength(2);
    await rejection(client.startExport("users", { format: "ndjson" }));
    expect(emulator.requests).toHaveLength(3);
  });

  it("of a few seconds is what a network takes", async () => {
    const { client, emulator } = apart(4_000, { keys: {} });
    await rejection(client.startExport("users", { format: "ndjson" }));
    expect(emulator.requests).toHaveLength(1);
  });

  it("does not matter to a token that is the same at any time", async () => {
    const theirs = createTestClock(Date.UTC(2026, 0, 2));
    const { client, emulator } = harness({ emulator: { clock: theirs, tokens: ["another-token"] } });
    await rejection(client.startExport("users", { format: "ndjson" }));
    expect(emulator.requests).toHaveLength(1);
  });

  it("is learned for each connection by itself", async () => {
    const { client, emulator } = apart(600_000);
    await client.startExport("users", { format: "ndjson" });
    const second = signed({ emulator: { clock: emulator.clock } });
    await second.client.startExport("users", { format: "ndjson" });
    expect(second.emulator.requests).toHaveLength(2);
  });
});
