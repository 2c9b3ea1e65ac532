import { createExportClient, type ExportError } from "exportkit";
import { zephr } from "exportkit/zephr";
import { describe, expect, it, vi } from "vitest";
import { idsOf, open, overHttp } from "../pages/listing-provider.js";
import { rejection } from "../support/outcome.js";

const latin1 = (text: string) => Buffer.from(text, "latin1");
const page = '[{"user":{"user_id":"1","attributes":{"name":"Müller"}}}]';

async function read(bytes: Uint8Array, type: string, status = 200): Promise<unknown[]> {
  const client = createExportClient({
    providers: { readers: zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" }) },
    retry: { retries: 0 },
    fetch: async () => new Response(new Uint8Array(bytes), { status, headers: { "content-type": type } }),
  });
  const names: unknown[] = [];
  for await (const { user } of await client.runExport("readers", {})) names.push(user.attributes?.name);
  return names;
}

describe("a page is read by its charset", () => {
  const utf16 = Buffer.from(`\uFEFF${page}`, "utf16le");
  it.each([
    ["UTF-8", Buffer.from(page), "application/json"],
    ["UTF-8 with two byte order marks", Buffer.from(`\uFEFF\uFEFF${page}`), "application/json"],
    ["ISO-8859-1", latin1(page), 'application/json; charset="ISO-8859-1"'],
    ["windows-1252", latin1(page), "application/json;charset=windows-1252"],
    ["UTF-8 by its mark", Buffer.from(`\uFEFF${page}`), "application/json; charset=iso-8859-1"],
    ["UTF-16 by its mark", utf16, "application/json"],
    ["UTF-16 with its byte order mark the other way round", Buffer.from(utf16).swap16(), "application/json"],
    ["UTF-8 under the name of ASCII", Buffer.from(page), "application/json; charset=us-ascii"],
    ["UTF-8 under its other name", Buffer.from(page), "application/json;charset=utf8"],
    ["ISO-8859-1 under its other name", latin1(page), "application/json; Charset='latin1'"],
    [
      "a charset that a proxy names once more",
      Buffer.from(page),
      "text/json; charset=utf-8, text/json; charset=utf-8",
    ],
    ["the same, of ISO-8859-1", latin1(page), "text/json; charset=latin1, text/json; charset=latin1"],
    ["UTF-8 before a comma", Buffer.from(page), "application/json; charset=utf-8,"],
    ["UTF-16BE without a mark", Buffer.from(utf16).swap16().subarray(2), 'text/json; charset="utf-16be"'],
    ["UTF-16LE without a mark", utf16.subarray(2), "application/json; charset=utf-16le"],
  ])("%s", async (_, bytes, type) => {
    expect(await read(bytes, type)).toEqual(["Müller"]);
  });

  it("windows-1252 has its signs, also where the runtime decodes it as ISO-8859-1", async () => {
    const signs = Buffer.concat([
      Buffer.from('[{"user":{"user_id":"1","attributes":{"name":"'),
      Buffer.from([0x80, 0x92, 0x81]),
      Buffer.from('"}}}]'),
    ]);
    const decode = TextDecoder.prototype.decode;
    for (const isFaulty of [false, true]) {
      vi.spyOn(TextDecoder.prototype, "decode").mockImplementation(function (
        this: TextDecoder,
        input,
        options,
      ) {
        if (!isFaulty || this.encoding !== "windows-1252") return decode.call(this, input, options);
        return Buffer.from(input as Uint8Array).toString("latin1");
      });
      expect(await read(signs, "application/json; charset=windows-1252")).toEqual(["€’\u0081"]);
      vi.restoreAllMocks();
    }
  });

  it.each([
    ["bytes that are not UTF-8", latin1(page), "application/json; charset=utf-8"],
    ["bytes that are no ASCII", latin1(page), "application/json; charset=us-ascii"],
    ["UTF-16 that nothing names", utf16.subarray(2), "application/json"],
    ["an unknown charset", latin1(page), "application/json; charset=x-mine"],
    [
      "a lone surrogate in UTF-16",
      Buffer.from('["\ud800"]', "utf16le"),
      "application/json; charset=utf-16le",
    ],
    ["a byte of UTF-16 too few", utf16.subarray(0, -1), "application/json"],
  ])("%s is refused, naming the page", async (_, bytes, type) => {
    await expect(read(bytes, type)).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
      message: expect.stringContaining("page 1"),
      details: { page: 1 },
      retryable: false,
    });
  });

  it.each([
    ["UTF-16 of ASCII alone that nothing names", Buffer.from("[]", "utf16le"), "application/json"],
    ["UTF-16 in the other order", Buffer.from("[]", "utf16le"), "application/json; charset=utf-16be"],
    ["a page of HTML", Buffer.from("<html>"), "text/html"],
  ])("what is text and no JSON names the page, too: %s", async (_, bytes, type) => {
    await expect(read(bytes, type)).rejects.toMatchObject({
      code: "RESPONSE_INVALID",
      message: expect.stringContaining("the request for page 1 with HTTP 200 but no readable JSON"),
      details: { page: 1 },
    });
  });

  it.each([
    [[0xef, 0xbb, 0x21], "ï»!"],
    [[0xef, 0x21, 0xbf], "ï!¿"],
  ])("what is half a byte order mark is text: %j", async (bytes, text) => {
    const whole = Buffer.concat([Buffer.from(bytes), latin1(page)]);
    const error = await rejection<ExportError>(read(whole, "application/json; charset=iso-8859-1"));
    expect(error.message).toContain(`${text.length + page.length} characters`);
  });

  it("the name of a charset is told in part where it is long", async () => {
    const error = await rejection<ExportError>(read(latin1(page), `text/json; charset=${"x".repeat(99)}`));
    expect(error.message).toContain(`(${"x".repeat(40)})`);
  });

  it("of a listing without page numbers it counts them", async () => {
    for (const [cursor, named] of [
      [{ page: "b" }, "the page request"],
      [{ after: 2 }, "the page request"],
      [{ page: 2 }, "the request for page 2"],
    ] as const) {
      const reading = open({
        fetchPage: async (from, context) => {
          if (from !== undefined) await overHttp(from, context);
          return { items: [{ id: "1" }], next: cursor };
        },
        predict: "none",
        retry: { retries: 0 },
        fetch: async () => new Response(latin1('["\xfc"]')),
      }).then(idsOf);
      const error = await rejection<ExportError>(reading);
      expect(error.message).toContain(`${named} with bytes`);
      expect(error.details?.page).toBe(2);
    }
  });

  it("the first byte that is none of UTF-8 is told, be it the very first", async () => {
    for (const at of [0, 1]) {
      const bytes = Buffer.from(`${" ".repeat(at)}\xc3(`, "latin1");
      await expect(read(bytes, "application/json")).rejects.toMatchObject({
        message: expect.stringContaining(`as byte ${at}`),
        details: { byte: at },
      });
    }
  });

  it("a refusal stays what its status says, whatever its bytes", async () => {
    await expect(read(latin1("Müller"), "text/plain", 503)).rejects.toMatchObject({
      code: "PROVIDER_UNAVAILABLE",
    });
  });
});
