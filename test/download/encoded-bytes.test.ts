import { ndjson } from "exportkit/provider";
import { describe, expect, it } from "vitest";
import { openFile } from "../cases/open-case.js";

// Rows of one, two, three and four bytes a character, from shorter than what is encoded at a time to larger than what is kept.
const texts = ["a", "é", "東", "😀", "a\ud800"].flatMap((text) =>
  [0, 1, 100, 255, 600, 6_000].map((count) => text.repeat(count)),
);
texts.splice(5, 0, "東".repeat(120_000));
const lines = texts.map((text, id) => `${JSON.stringify({ id, text })}\n`);

describe.each(["ndjson", "csv"] as const)("%s", (format) => {
  const rows = texts.map((text, id) =>
    format === "ndjson" ? lines[id] : `${id},${text.replaceAll("\ud800", "\\ud800")}\n`,
  );
  const options = format === "csv" ? { columns: ["id", "text"] } : {};
  const whole = (format === "csv" ? "id,text\n" : "") + rows.join("");

  it("holds every record's text, whatever its characters and its length", async () => {
    const download = await openFile(ndjson(), { text: lines.join("") });
    const bytes = await new Response(download.encode(format, options)).bytes();
    expect(Buffer.compare(bytes, Buffer.from(whole))).toBe(0);
  });

  it("comes in chunks that are the reader's own", async () => {
    const download = await openFile(ndjson(), { text: lines.join("") });
    const chunks: Uint8Array[] = [];
    for await (const chunk of download.encode(format, options) as unknown as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
    }
    expect(chunks.length).toBeGreaterThan(5);
    // What came first is as it was when the last one has come, and nothing else is in its memory.
    expect(Buffer.compare(Buffer.concat(chunks), Buffer.from(whole))).toBe(0);
    expect(chunks.every((chunk) => chunk.buffer.byteLength === chunk.byteLength)).toBe(true);
  });
});
