import { openArchive, type ZipArchive } from "../../../src/records/zip/directory.js";
import { type InflateLimits, readMember } from "../../../src/records/zip/member.js";
import { MemoryBudget } from "../../../src/records/zip/memory-budget.js";
import { MemorySource } from "../../../src/records/zip/memory-source.js";
import { concat } from "./zip-writer.js";

export const inflateLimits = (): InflateLimits => ({
  maxRatio: 200,
  maxInflatedBytes: 1e9,
  inflatedBytes: 0,
});

export async function spoolOf(bytes: Uint8Array, budget = new MemoryBudget(1e9)): Promise<MemorySource> {
  const chunks = (async function* () {
    yield bytes;
  })();
  return MemorySource.fill(() => chunks, budget, "It");
}

export async function archiveOf(bytes: Uint8Array, maxBytes = 1_000_000): Promise<ZipArchive> {
  return openArchive(await spoolOf(bytes), "test.zip", maxBytes);
}

/** All members of an archive by name, as text. */
export async function unzip(
  bytes: Uint8Array,
  limits = inflateLimits(),
): Promise<{ [name: string]: string }> {
  const archive = await archiveOf(bytes);
  const members: { [name: string]: string } = {};
  for (const entry of archive.entries) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of readMember(archive, entry, limits)) chunks.push(chunk.slice());
    members[entry.name] = new TextDecoder().decode(concat(chunks));
  }
  return members;
}
