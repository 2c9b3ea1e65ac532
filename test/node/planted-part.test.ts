import { execFileSync } from "node:child_process";
import { link, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { saveExport } from "exportkit/node";
import { describe, expect, it } from "vitest";
import { exportkit, servedAuthgear } from "../cli/terminal.js";
import { rejection } from "../support/outcome.js";
import { emptyFolder, serveExport } from "./served-export.js";

it("a part that is a second name of another file is restarted, and that file left as it is", async () => {
  const { client, job, reference } = await serveExport();
  const folder = await emptyFolder();
  const path = join(folder, "users");
  const reason = new Error("enough");
  const onProgress = () => {
    throw reason;
  };
  expect(await rejection(saveExport(client, job, path, { onProgress }))).toBe(reason);
  const state = JSON.parse(await readFile(`${path}.part.json`, "utf8"));
  // The SHA-256 of nothing: the whole other file would be cut off.
  const sha256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const nothing = { ...state, bytes: 0, sha256, bytesRead: 0, checkpoint: undefined };
  await writeFile(`${path}.part.json`, JSON.stringify(nothing));
  const elsewhere = join(folder, "elsewhere");
  await writeFile(elsewhere, "precious");
  await rm(`${path}.part`);
  await link(elsewhere, `${path}.part`);
  await saveExport(client, job, path);
  expect(await readFile(elsewhere, "utf8")).toBe("precious");
  expect((await readFile(path)).equals(await reference("raw"))).toBe(true);
});

describe("a pipe that nobody writes to", () => {
  const pipe = (path: string) => execFileSync("mkfifo", [path]);

  it.each(["part", "part.json", "part.lock-0123456789ab-1-1-0123456789ab"])(
    "is not waited for where it is called .%s",
    async (ending) => {
      const { client, job, reference } = await serveExport({ users: 500, sockets: false });
      const path = join(await emptyFolder(), "users");
      const stop = new Error("enough");
      const onProgress = () => {
        throw stop;
      };
      expect(await rejection(saveExport(client, job, path, { onProgress }))).toBe(stop);
      // Of another machine, so that nobody knows whether it still has the part open.
      const state = JSON.parse(await readFile(`${path}.part.json`, "utf8"));
      const leases = ["0123456789ab-1-1-0123456789ab"];
      await writeFile(`${path}.part.json`, JSON.stringify({ ...state, leases }));
      await rm(`${path}.${ending}`, { force: true });
      pipe(`${path}.${ending}`);
      const outcome = saveExport(client, job, path).catch((error: unknown) => error);
      if (ending === "part") expect(await outcome).toMatchObject({ resumed: false });
      else if (ending === "part.json") expect(await outcome).toMatchObject({ code: "JOB_INVALID" });
      else expect(await outcome).toMatchObject({ code: "CONCURRENCY_LIMIT" });
      await rm(`${path}.part.lock-0123456789ab-1-1-0123456789ab`, { force: true });
      await saveExport(client, job, path, { resume: "restart", overwrite: true });
      expect((await readFile(path)).equals(await reference("raw"))).toBe(true);
    },
  );

  it("is told as a damaged job file", async () => {
    const { environment, starts } = await servedAuthgear({ users: 10 });
    const out = join(await emptyFolder(), "users");
    pipe(`${out}.job.json`);
    const { code, stderr } = await exportkit(["authgear", "format=ndjson", "--out", out], environment);
    expect([code, starts()]).toEqual([2, 0]);
    expect(stderr).toContain("users.job.json is damaged; run again with --restart");
  });
});

it.each([
  ["folder", (path: string) => mkdir(path), "EISDIR", "is a folder: remove it"],
  ["link", (path: string) => symlink("elsewhere", path), "ELOOP", "is a symbolic link"],
] as const)("a %s in the part's place is named", async (_, plant, systemCode, words) => {
  const { client, job } = await serveExport({ users: 500, sockets: false });
  const path = join(await emptyFolder(), "users");
  const stop = new Error("enough");
  const onProgress = () => {
    throw stop;
  };
  expect(await rejection(saveExport(client, job, path, { onProgress }))).toBe(stop);
  await rm(`${path}.part`);
  await plant(`${path}.part`);
  expect(await rejection(saveExport(client, job, path))).toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining(`${path}.part ${words}`),
    details: { path, systemCode },
  });
});

it("a folder behind links that lead in a circle is named as that", async () => {
  const { client, job } = await serveExport({ users: 5, sockets: false });
  const folder = await emptyFolder();
  await symlink("b", join(folder, "a"));
  await symlink("a", join(folder, "b"));
  const error = await rejection<Error>(saveExport(client, job, join(folder, "a", "users")));
  expect(error).toMatchObject({ code: "CONFIG_INVALID", details: { systemCode: "ELOOP" } });
  expect(error.message).toContain("the path to its folder is a loop of symbolic links");
});
