import { ndjson } from "exportkit/provider";
import { expect, it } from "vitest";
import { openFile } from "../cases/open-case.js";

it.each([undefined, null, "", "xml", "CSV", 1])("a download is not encoded as %s", async (format) => {
  const download = await openFile(ndjson(), { text: '{"a":1}\n' });
  expect(() => download.encode(format as never)).toThrow(
    expect.objectContaining({
      code: "CONFIG_INVALID",
      details: expect.objectContaining({ field: "format" }),
    }),
  );
  // What was refused has not begun.
  expect(await new Response(download.encode("ndjson")).text()).toBe('{"a":1}\n');
});
