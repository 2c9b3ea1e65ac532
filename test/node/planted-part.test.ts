import { link, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { saveExport } from "exportkit/node";
import { expect, it } from "vitest";
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
