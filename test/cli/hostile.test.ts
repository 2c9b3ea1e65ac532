import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { emptyFolder } from "../node/served-export.js";
import { refusingPort } from "../support/refusing-port.js";
import { exportkit, servedAuthgear, token } from "./terminal.js";

const out = ["--out", "x"];

describe("what is in the way", () => {
  it("of the list of exports is named, where it is there and cannot be read", async () => {
    const home = await emptyFolder();
    await mkdir(join(home, "exportkit"));
    await symlink("exports", join(home, "exportkit/exports"));
    for (const words of [["list"], ["status"]]) {
      const { code, stdout, stderr } = await exportkit(words, { XDG_STATE_HOME: home });
      expect({ code, stdout: stdout.toString() }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toMatch(/cannot be read \(ELOOP\): .*exports\n.*XDG_STATE_HOME/);
    }
    // An export that is named by its file needs no list, and one that is saved is saved.
    expect((await exportkit(["status", join(home, "users")], { XDG_STATE_HOME: home })).stderr).toContain(
      "no export under way",
    );
    const { environment } = await servedAuthgear({ users: 3 });
    const words = ["authgear", "format=ndjson", "--out", join(home, "users.ndjson")];
    expect(await exportkit(words, { ...environment, XDG_STATE_HOME: home })).toMatchObject({ code: 0 });
  });

  it("of a profile is named: a folder under its name, and what it lacks", async () => {
    const folder = await emptyFolder();
    const profile = await exportkit(["zephr", ...out, "--profile", folder]);
    expect(profile).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${folder} is a folder: name a file`),
    });
    for (const device of ["/dev/zero", "/dev/null"]) {
      const { code, stderr } = await exportkit(["zephr", ...out, "--profile", device]);
      expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining("is a device") });
    }
    const file = join(folder, "empty.env");
    await writeFile(file, "ZEPHR_ACCESS_KEY=a\n", { mode: 0o600 });
    const { code, stderr } = await exportkit(["zephr", ...out, "--profile", file]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/the profile must have ZEPHR_TENANT_ID/);
    expect((await exportkit(["zephr", ...out])).stderr).toMatch(/the environment must have ZEPHR_TENANT_ID/);
  });

  it("of a damaged job file is said to be no matter of --help", async () => {
    const { environment } = await servedAuthgear({ users: 3 });
    const file = join(await emptyFolder(), "users");
    await writeFile(`${file}.job.json`, "half a js");
    const { stderr } = await exportkit(["authgear", "format=ndjson", "--out", file], environment);
    expect(stderr).toContain("look in the vendor's console");
    expect(stderr).not.toContain("--help");
  });
});

describe("no answer", () => {
  const nowhere = { AUTHGEAR_ENDPOINT: "http://127.0.0.1:1", AUTHGEAR_TOKEN: "token-of-nobody" };

  it("may be tried again, and has a command that looks for the reason", async () => {
    const endpoint = `http://127.0.0.1:${await refusingPort()}`;
    const environment = { AUTHGEAR_ENDPOINT: endpoint, AUTHGEAR_TOKEN: token };
    const words = ["authgear", "format=ndjson", "--out", join(await emptyFolder(), "users")];
    const { code, stderr } = await exportkit(words, environment);
    expect({ code, stderr }).toEqual({
      code: 75,
      stderr: expect.stringMatching(/NETWORK: .*\n.*the same command again; exportkit doctor authgear looks/),
    });
    const json = JSON.parse((await exportkit([...words, "--json"], environment)).stderr);
    expect(json).toMatchObject({
      code: "NETWORK",
      hint: expect.stringContaining("exportkit doctor authgear"),
    });
    expect(JSON.stringify([stderr, json])).not.toContain(environment.AUTHGEAR_TOKEN);
    expect((await exportkit(words, nowhere)).code).toBe(2);
  });

  it("from doctor speaks of variables, as everything here does", async () => {
    const { environment } = await servedAuthgear();
    const { AUTHGEAR_ENDPOINT } = environment;
    const { stdout } = await exportkit(["doctor", "authgear"], {
      AUTHGEAR_ENDPOINT,
      AUTHGEAR_PROJECT_ID: "another",
      AUTHGEAR_KEY_ID: "a-key",
      AUTHGEAR_PRIVATE_KEY: await privateKey(),
    });
    expect(stdout.toString()).toMatch(/BAD {2}sign-in .*AUTHGEAR_KEY_ID and AUTHGEAR_PRIVATE_KEY/);
    expect(stdout.toString()).not.toMatch(/\bkeyId\b|\bprivateKey\b/);
  });
});

async function privateKey(): Promise<string> {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  const pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", pair.privateKey)).toString("base64");
  return `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----`;
}
