import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  createAvepointEmulator,
  createTestClock,
  createZephrEmulator,
  serveEmulator,
} from "exportkit/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { emptyFolder, filesIn } from "../node/served-export.js";
import { refusingPort } from "../support/refusing-port.js";
import { exportkit, servedAuthgear, token } from "./terminal.js";

interface Told {
  readonly ok: boolean;
  readonly findings: readonly { readonly check: string; readonly ok: boolean; readonly told: string }[];
}

async function examined(vendor: string, environment: object, ...words: readonly string[]) {
  const { code, stdout } = await exportkit(["doctor", vendor, "--json", ...words], environment as never);
  const { ok, findings } = JSON.parse(stdout.toString()) as Told;
  expect(code).toBe(ok ? 0 : 1);
  const bad = findings.filter((finding) => !finding.ok);
  const of = (check: string) => findings.find((finding) => finding.check === check)?.told;
  return { ok, bad, of, text: stdout.toString() };
}

async function served<E extends Parameters<typeof serveEmulator>[0]>(emulator: E): Promise<E> {
  const server = await serveEmulator(emulator);
  onTestFinished(() => server.close());
  return emulator;
}

const clients = [{ clientId: "client", clientSecret: "client-secret" }];
const vendors = {
  async authgear() {
    const { environment, emulator } = await servedAuthgear();
    return { emulator, environment, wrong: { ...environment, AUTHGEAR_TOKEN: "another-token" } };
  },
  async avepoint() {
    const emulator = await served(createAvepointEmulator({ clients }));
    const environment = {
      AVEPOINT_BASE_URL: emulator.endpoint,
      AVEPOINT_TOKEN_URL: emulator.tokenUrl,
      AVEPOINT_CLIENT_ID: "client",
      AVEPOINT_CLIENT_SECRET: "client-secret",
    };
    return { emulator, environment, wrong: { ...environment, AVEPOINT_CLIENT_SECRET: "another-token" } };
  },
  async zephr() {
    const emulator = await served(createZephrEmulator({ keys: { access: "secret" }, users: 5_000 }));
    const environment = {
      ZEPHR_BASE_URL: emulator.endpoint,
      ZEPHR_ACCESS_KEY: "access",
      ZEPHR_SECRET_KEY: "secret",
    };
    return { emulator, environment, wrong: { ...environment, ZEPHR_SECRET_KEY: "another-token" } };
  },
};

describe.each(Object.keys(vendors) as (keyof typeof vendors)[])("doctor %s", (vendor) => {
  it("signs in, and starts and writes nothing", async () => {
    const { emulator, environment } = await vendors[vendor]();
    const folder = await emptyFolder();
    const { ok, of, text } = await examined(vendor, environment, "--out", join(folder, "file"));
    expect(ok).toBe(true);
    expect(of("sign-in")).toMatch(/let us in, in \d+ ms/);
    expect(of("clock")).toBe("as the vendor's");
    expect(of("place")).toMatch(/can be written to; \d+ GiB are free$/);
    expect(text).not.toContain("secret");
    expect(await filesIn(folder)).toEqual({});
    const asked = emulator.requests.map(({ operation }) => operation);
    expect(asked).not.toContain("start");
    expect(asked.length).toBeLessThan(4);
  });

  it("says what is wrong with credentials", async () => {
    const { wrong } = await vendors[vendor]();
    const { ok, bad, text } = await examined(vendor, wrong);
    expect(ok).toBe(false);
    expect(bad).toEqual([
      { check: "sign-in", ok: false, told: expect.stringMatching(/^(UNAUTHORIZED|FORBIDDEN): /) },
    ]);
    expect(text).not.toContain("another-token");
  });

  it("says which are missing", async () => {
    const { bad } = await examined(vendor, {});
    expect(bad).toEqual([{ check: "credentials", ok: false, told: expect.stringContaining("must have") }]);
  });
});

describe("doctor", () => {
  it("sees a clock that is wrong", async () => {
    const { environment } = await servedAuthgear({ clock: createTestClock(Date.now() - 10 * 60_000) });
    const { bad } = await examined("authgear", environment);
    expect(bad).toEqual([
      { check: "clock", ok: false, told: expect.stringMatching(/^\d+ s ahead of the vendor's$/) },
    ]);
  });

  it("sees nobody at the address", async () => {
    const endpoint = `http://127.0.0.1:${await refusingPort()}`;
    const environment = { AUTHGEAR_ENDPOINT: endpoint, AUTHGEAR_TOKEN: token };
    const { bad } = await examined("authgear", environment);
    expect(bad).toEqual([{ check: "sign-in", ok: false, told: expect.stringContaining("NETWORK") }]);
  });

  it("tells of a place that cannot hold the file, of one that is taken, and of an earlier run", async () => {
    const { environment } = await servedAuthgear();
    const folder = await emptyFolder();
    const place = async (name: string) => examined("authgear", environment, "--out", join(folder, name));
    expect((await place("missing/file")).bad).toEqual([expect.objectContaining({ check: "place" })]);
    expect((await place(".")).bad).toEqual([
      { check: "place", ok: false, told: expect.stringContaining("is a folder") },
    ]);
    await writeFile(join(folder, "file"), "");
    await writeFile(join(folder, "file.job.json"), "{}");
    expect((await place("file")).of("place")).toMatch(
      /--overwrite replaces it; an earlier run left an export behind$/,
    );
  });

  it("names the proxy by its host, without a password", async () => {
    const { environment } = await servedAuthgear();
    const { of, text } = await examined("authgear", {
      ...environment,
      HTTPS_PROXY: "http://ada:hunter2@proxy:3128",
    });
    expect(of("proxy")).toBe("by proxy:3128");
    expect(text).not.toContain("hunter2");
  });

  it("is a list for a person, and nothing with -q where all is well", async () => {
    const { environment } = await servedAuthgear();
    const { stdout } = await exportkit(["doctor", "authgear"], environment);
    expect(stdout.toString()).toMatch(/^ok {3}runtime {5}Node \d+.*\nok {3}proxy {7}none\n/);
    expect((await exportkit(["doctor", "authgear", "-q"], environment)).stdout).toHaveLength(0);
  });
});
