import { chmod, mkdir, writeFile } from "node:fs/promises";
import path, { join } from "node:path";
import { describe, expect, it } from "vitest";
import { profileFolder, stateFolder } from "../../src/cli/folders.js";
import { environmentOf } from "../../src/cli/profile.js";
import { emptyFolder } from "../node/served-export.js";
import { rejection } from "../support/outcome.js";
import { exportkit, servedAuthgear } from "./terminal.js";

const SECRET = "the-secret-of-the-profile";
const none = async function* () {};

async function profileNamed(name: string, text: string, mode = 0o600) {
  const home = await emptyFolder();
  const folder = join(home, ".config/exportkit");
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${name}.env`);
  await writeFile(file, text, { mode });
  await chmod(file, mode);
  return { HOME: home, file };
}

const lines = `# the news
export ZEPHR_TENANT_ID=news
ZEPHR_ACCESS_KEY="key # 1"
ZEPHR_SECRET_KEY='${SECRET}'
`;

describe("--profile", () => {
  it("takes every variable of the vendor from the profile, and none from the environment", async () => {
    const { HOME } = await profileNamed("news", lines);
    const found = await environmentOf("news", { HOME, ZEPHR_BASE_URL: "https://elsewhere" }, none());
    expect(found).toEqual({
      ZEPHR_TENANT_ID: "news",
      ZEPHR_ACCESS_KEY: "key # 1",
      ZEPHR_SECRET_KEY: SECRET,
    });
  });

  it("may be named by a path, and by EXPORTKIT_PROFILE; the option wins", async () => {
    const { HOME, file } = await profileNamed("news", lines);
    const other = await profileNamed("other", "AUTHGEAR_TOKEN=t");
    expect(await environmentOf(file, {}, none())).toMatchObject({ ZEPHR_TENANT_ID: "news" });
    const environment = { HOME, EXPORTKIT_PROFILE: "news" };
    expect(await environmentOf(undefined, environment, none())).toMatchObject({ ZEPHR_TENANT_ID: "news" });
    expect(await environmentOf(other.file, environment, none())).toEqual({ AUTHGEAR_TOKEN: "t" });
    expect(await environmentOf(undefined, { A: "b" }, none())).toEqual({ A: "b" });
  });

  it("reads the standard input for -", async () => {
    async function* stdin() {
      yield "AUTHGEAR_TOKEN=on";
      yield Buffer.from("e\n");
    }
    expect(await environmentOf("-", { AUTHGEAR_TOKEN: "two" }, stdin())).toEqual({ AUTHGEAR_TOKEN: "one" });
  });

  it.each([0o640, 0o604, 0o660, 0o777])(
    "refuses a file of mode %o, and says how to mend it",
    async (mode) => {
      const { HOME, file } = await profileNamed("news", lines, mode);
      const error = (await rejection(environmentOf("news", { HOME }, none()))) as Error;
      expect(error.message).toBe(`${file} can be read by others than you: chmod 600 ${file}`);
    },
  );

  it.each([
    ["nobody", {}, /there is no home folder to look for profile nobody in/],
    ["nobody", { HOME: "/nowhere" }, /cannot be read from .*nobody\.env: there is none/],
    ["../news", { HOME: "/nowhere" }, /cannot be read from \.\.\/news/],
    [
      "package.json",
      { HOME: "/nowhere" },
      /for the file of that name in this folder write --profile \.\/package\.json/,
    ],
    ["src", { HOME: "/nowhere" }, /cannot be read from .*src\.env: there is none/],
  ])("%s is not found: %j", async (profile, environment, told) => {
    const words = ["zephr", "--out", "x", "--profile", profile];
    const { code, stderr } = await exportkit(words, environment);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringMatching(told) });
  });

  it("names a variable that no vendor has, and none of the values", async () => {
    const { HOME } = await profileNamed("news", `ZEPHR_SECRT_KEY=${SECRET}`);
    const words = ["zephr", "--out", "x", "--profile", "news"];
    const { code, stderr } = await exportkit(words, { HOME });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringContaining("did you mean ZEPHR_SECRET_KEY?"),
    });
    expect(stderr).not.toContain(SECRET);
  });

  it("is remembered by what it started", async () => {
    const { environment } = await servedAuthgear();
    const text = Object.entries(environment).map(([name, value]) => `${name}=${value}\n`);
    const { HOME } = await profileNamed("mine", text.join(""));
    const out = join(await emptyFolder(), "users");
    const words = ["start", "authgear", "format=ndjson", "--out", out, "--profile", "mine"];
    expect(await exportkit(words, { HOME })).toMatchObject({ code: 0 });
    expect(await exportkit(["status", out], { HOME })).toMatchObject({ code: 0 });
  });

  it("is what emulate prints, too", async () => {
    const printed = "AUTHGEAR_PRIVATE_KEY='-----BEGIN PRIVATE KEY-----\\nMII\\n-----END PRIVATE KEY-----'\n";
    const { HOME } = await profileNamed("emulated", printed);
    const { AUTHGEAR_PRIVATE_KEY } = await environmentOf("emulated", { HOME }, none());
    expect(AUTHGEAR_PRIVATE_KEY?.replaceAll("\\n", "\n")).toMatch(/^-----BEGIN PRIVATE KEY-----\nMII\n/);
  });
});

describe("the folders of a person", () => {
  const linux = { platform: "linux", path: path.posix } as const;
  const macos = { platform: "darwin", path: path.posix } as const;
  const windows = { platform: "win32", path: path.win32 } as const;

  it.each([
    [linux, { HOME: "/home/ada" }, "/home/ada/.config/exportkit", "/home/ada/.local/state/exportkit"],
    [macos, { HOME: "/Users/ada" }, "/Users/ada/.config/exportkit", "/Users/ada/.local/state/exportkit"],
    [
      linux,
      { HOME: "/home/ada", XDG_CONFIG_HOME: "/etc/ada", XDG_STATE_HOME: "/var/ada" },
      "/etc/ada/exportkit",
      "/var/ada/exportkit",
    ],
    [
      linux,
      { HOME: "/home/ada", XDG_CONFIG_HOME: "etc", XDG_STATE_HOME: "" },
      "/home/ada/.config/exportkit",
      "/home/ada/.local/state/exportkit",
    ],
    [
      windows,
      { APPDATA: "C:\\Users\\Ada\\AppData\\Roaming", LOCALAPPDATA: "C:\\Users\\Ada\\AppData\\Local" },
      "C:\\Users\\Ada\\AppData\\Roaming\\exportkit",
      "C:\\Users\\Ada\\AppData\\Local\\exportkit",
    ],
    [
      windows,
      { USERPROFILE: "C:\\Users\\Ada", HOME: "/c/Users/Ada" },
      "C:\\Users\\Ada\\.config\\exportkit",
      "C:\\Users\\Ada\\.local\\state\\exportkit",
    ],
    [linux, { APPDATA: "C:\\x" }, undefined, undefined],
  ])("on %o with %j are %s and %s", (system, environment, profiles, state) => {
    expect(profileFolder(environment as never, system)).toBe(profiles);
    expect(stateFolder(environment as never, system)).toBe(state);
  });
});
