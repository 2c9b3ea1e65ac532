import { createHash } from "node:crypto";
import { mkdtemp, open, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { PartFile } from "../../src/node/part-file.js";

it.each([0, 1, 3, 4, 5, 9, 10])("a disk that takes %i bytes of ten at first gets the rest", async (taken) => {
  const folder = await mkdtemp(join(tmpdir(), "exportkit-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const path = join(folder, "part");
  const handle = await open(path, "a");
  const slow = new Proxy(handle, {
    get(target, key) {
      if (key === "writev")
        return (chunks: readonly Uint8Array[]) => target.write(Buffer.concat(chunks).subarray(0, taken));
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const part = new PartFile(slow, createHash("sha256"), 0);
  const chunks = ["abcd", "efghi", "j"].map((text) => Buffer.from(text));
  await Promise.all(chunks.map((chunk) => part.append(chunk)));
  await part.sync();
  await part.close();
  expect(await readFile(path, "utf8")).toBe("abcdefghij");
  expect(part.digest()).toBe(createHash("sha256").update("abcdefghij").digest("hex"));
});
