// What the emulators hold, told without exportkit: the files of the demo are compared with it.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { avepointFileBytes, avepointRows } from "exportkit/testing";

/** Whether a file's records have each of the names once, and who else is there. */
export async function everyoneOnce(path: string, expected: number, nameOf: (record: string) => string) {
  const seen = new Map<string, number>();
  // Not by node:readline, which ends lines at U+2028 too, as some names hold.
  for (const line of (await readFile(path, "utf8")).trimEnd().split("\n")) {
    const name = nameOf(line);
    seen.set(name, (seen.get(name) ?? 0) + 1);
  }
  const twice = [...seen.values()].filter((times) => times > 1).length;
  if (twice > 0 || seen.size < expected)
    return `WRONG: ${seen.size} of ${expected} users, ${twice} of them twice`;
  const more = seen.size - expected;
  return `every one of ${expected} users, once${more > 0 ? `, and ${more} who registered meanwhile` : ""}`;
}

/** Whether the ZIP is the vendor's, byte for byte. */
export async function sameBytes(sha256: string, rows: number, workbooks: number): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of avepointFileBytes({ rows, workbooks })) hash.update(chunk);
  return hash.digest("hex") === sha256 ? "byte for byte what the vendor holds" : "WRONG: other bytes";
}

/** Whether so many rows came as the vendor's workbooks have in their sheets of details. */
export function everyRow(records: number | undefined, rows: number, workbooks: number): string {
  let expected = 0;
  for (const { sheet } of avepointRows({ rows, workbooks })) if (sheet !== "Summary") expected += 1;
  return records === expected ? `every one of ${expected} rows` : `WRONG: ${records} of ${expected} rows`;
}
