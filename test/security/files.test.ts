import { lstatSync, readdirSync } from "node:fs";
import { lstat, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { saveExport } from "exportkit/node";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { rejection } from "../support/outcome.js";
import { connect, type Intercept } from "./vendors.js";

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "exportkit-"));
  path = join(folder, "users.csv");
  onTestFinished(() => rm(folder, { recursive: true }));
});

const modeOf = async (file: string) => (await lstat(file)).mode & 0o777;

it.each([undefined, 0o640])(
  "F1: every file of a save is its owner's alone from its first byte; a mode is for the export itself: %s",
  async (mode) => {
    const set = connect("Authgear with a token");
    const job = await set.finish();
    const modes: { [name: string]: number } = {};
    const look = () => {
      for (const name of readdirSync(folder)) {
        const file = name.startsWith("users.csv.part.lock-") ? "lock" : name;
        modes[file] = lstatSync(join(folder, name)).mode & 0o777;
      }
    };
    await saveExport(set.client, job, path, {
      format: "csv",
      onProgress: look,
      checkpointEvery: { bytes: 0, ms: 0 },
      ...(mode !== undefined && { mode }),
    });
    look();
    const allowed = mode ?? 0o600;
    expect(modes).toEqual({
      "users.csv": allowed,
      "users.csv.part": allowed,
      "users.csv.part.json": 0o600,
      lock: 0o600,
    });
  },
);

it("F2: an existing file is kept unless overwrite is set, and is replaced in one step then", async () => {
  const set = connect("Authgear with a token");
  const job = await set.finish();
  await writeFile(path, "mine");
  const before = set.sent.length;
  expect(await rejection(saveExport(set.client, job, path))).toMatchObject({
    code: "CONFIG_INVALID",
    details: { reason: "exists" },
  });
  expect(set.sent).toHaveLength(before);
  expect(await readFile(path, "utf8")).toBe("mine");
  const during: string[] = [];
  const looks: Promise<void>[] = [];
  const onProgress = () => void looks.push(readFile(path, "utf8").then((text) => void during.push(text)));
  await saveExport(set.client, job, path, { overwrite: true, onProgress });
  await Promise.all(looks);
  expect(during.length).toBeGreaterThan(0);
  expect(await readFile(path, "utf8")).toContain("sub,");
  expect(await modeOf(path)).toBe(0o600);
});

describe("F3: a link that somebody put in the place of a file of the save is never written through", () => {
  let elsewhere: string;
  beforeEach(async () => {
    elsewhere = join(folder, "elsewhere");
    await writeFile(elsewhere, "untouched", { mode: 0o644 });
  });

  it("users.csv, which is not replaced either", async () => {
    await symlink(elsewhere, path);
    const set = connect("Authgear with a token");
    const job = await set.finish();
    for (const options of [{}, { resume: "restart" }, { overwrite: true }] as const) {
      const reason = "overwrite" in options ? "special" : "exists";
      const error = await rejection(saveExport(set.client, job, path, options));
      expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { reason } });
      expect(await readlink(path)).toBe(elsewhere);
      expect(await readFile(elsewhere, "utf8")).toBe("untouched");
    }
  });

  it.each(["users.csv.part", "users.csv.part.json"])("%s", async (name) => {
    await symlink(elsewhere, join(folder, name));
    const set = connect("Authgear with a token");
    const job = await set.finish();
    for (const options of [{}, { resume: "restart" }, { resume: "restart", overwrite: true }] as const) {
      await saveExport(set.client, job, path, options).catch(() => {});
      expect(await readFile(elsewhere, "utf8")).toBe("untouched");
      expect(await modeOf(elsewhere)).toBe(0o644);
    }
    // In the end the file is there, and is a file.
    expect((await lstat(path)).isFile()).toBe(true);
    expect((await stat(path)).size).toBeGreaterThan(1_000);
  });

  it("and not one in the place of a part that is taken up", async () => {
    const set = connect("Authgear with a token");
    const job = await set.finish();
    const onProgress = () => {
      throw new Error("enough");
    };
    await rejection(saveExport(set.client, job, path, { onProgress }));
    const part = `${path}.part`;
    await writeFile(elsewhere, await readFile(part));
    const before = await readFile(elsewhere, "utf8");
    await rm(part);
    await symlink(elsewhere, part);
    expect(await rejection(saveExport(set.client, job, path))).toMatchObject({ code: "CONFIG_INVALID" });
    expect(await readFile(elsewhere, "utf8")).toBe(before);
    expect(await readlink(part)).toBe(elsewhere);
  });
});

describe("F4: the file name of a download has no path, whatever a store, a vendor or a stored job says", () => {
  const isPlain = /^(?!con\.)[^/\\\p{Cc}\p{Cf}\p{Cs}<>:"|?*]+$/u;
  const hostile = [
    "../../etc/cron.d/x",
    "..\\..\\x",
    "/etc/passwd",
    "C:\\x",
    "..",
    ".bashrc",
    "a\u0000b",
    "a\r\nb: c",
    "\u202egnp.exe",
    "con.csv",
    "\ud800",
  ];

  it.each(hostile.filter((name) => !/[\p{Cc}\p{Cs}]/u.test(name)))("in a header: %j", async (name) => {
    for (const disposition of [
      // A header holds bytes.
      `attachment; filename="${Buffer.from(name.replaceAll("\\", "\\\\")).toString("latin1")}"`,
      `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
    ]) {
      const set = connect("Authgear with a token", {
        intercept: async ({ url }, proceed) => {
          const response = await proceed();
          if (!url.host.startsWith("storage")) return response;
          return new Response(response.body, { headers: { "content-disposition": disposition } });
        },
      });
      const download = await set.client.download(await set.finish());
      expect(download.fileName).toMatch(isPlain);
      expect(download.fileName).not.toMatch(/^\./);
      await download[Symbol.asyncDispose]();
    }
  });

  it("in the id of a job: a lone surrogate, which would be no header either", async () => {
    const job = await connect("Zephr").finish();
    const download = await connect("Zephr").client.download({ ...job, id: "a\ud800b\udc00" });
    expect(download.fileName).toMatch(isPlain);
    expect(download.toResponse().headers.get("content-disposition")).toContain("ab.ndjson");
  });

  it.each(hostile.filter((id) => id !== ".." && id !== "\ud800"))("in the id of a job: %j", async (id) => {
    // Whoever made the job may have named an export that is there.
    const there = Response.json.bind(undefined, {
      result: { id, status: "completed", download_url: "https://storage.example.com/x" },
    });
    const vendors: { readonly [name: string]: Intercept } = {
      "Authgear with a token": ({ url }) => (url.host.startsWith("storage") ? new Response("{}\n") : there()),
      "AvePoint with a secret": ({ url }, proceed) =>
        url.pathname.endsWith("/exportfile")
          ? new Response("PK", { headers: { "content-type": "application/zip" } })
          : proceed(),
      Zephr: (_, proceed) => proceed(),
    };
    for (const [name, intercept] of Object.entries(vendors)) {
      const job = await connect(name).finish();
      const download = await connect(name, { intercept }).client.download({ ...job, id });
      expect(download.fileName).toMatch(isPlain);
      expect(download.fileName).not.toMatch(/^\./);
      await download[Symbol.asyncDispose]();
    }
  });
});
