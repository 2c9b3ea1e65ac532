import { expect, it } from "vitest";
import { xlsx } from "../records/xlsx/workbook-writer.js";
import { collect } from "../support/collect.js";
import { rejection } from "../support/outcome.js";
import { connect, json } from "./vendors.js";

it.each([
  "http://store.example.org/file?signature=canary",
  "http://127.0.0.1.example.org/file",
  "http://169.254.169.254/latest/meta-data",
  "http://10.0.0.1/file",
  "https://user:canary@store.example.org/file",
  "ftp://store.example.org/file",
  "file:///etc/passwd",
  "data:text/plain,canary",
  "//store.example.org/file",
  "nowhere",
])(
  "U1: the address of a file is https, or http on loopback, and carries no password: %s",
  async (download_url) => {
    let isDone = false;
    const set = connect("Authgear with a token", {
      intercept: async (_, proceed) => {
        const response = await proceed();
        if (!isDone) return response;
        return json({ result: { ...(await response.json()).result, download_url } });
      },
    });
    const job = await set.finish();
    isDone = true;
    const before = set.sent.length;
    const error = await rejection(set.client.download(job));
    expect(error).toMatchObject({ code: "RESPONSE_INVALID", operation: "locate" });
    expect(JSON.stringify(error)).not.toContain("canary");
    expect(set.sent.slice(before).map(({ url }) => url.origin)).toEqual([set.home]);
  },
);

it("U2: a listing's links choose the page and never the address", async () => {
  const set = connect("Zephr", {
    intercept: async ({ url }, proceed) => {
      const answer = await (await proceed()).json();
      const page = Number(url.searchParams.get("page"));
      const next = page < 3 && {
        url: `https://elsewhere.example.org/v3/user-export?page=${page + 1}&rpp=10`,
      };
      return json({ ...answer, links: { next: next || null, self: { url: "http://169.254.169.254/" } } });
    },
  });
  expect(await collect(await set.client.download(await set.finish()))).toHaveLength(30);
  expect(new Set(set.sent.map(({ url }) => url.origin))).toEqual(new Set([set.home]));
});

it("U3: nothing that a file's content names is ever fetched", async () => {
  const trap = "https://elsewhere.example.org/trap";
  const type = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const workbook = xlsx({
    sheets: [
      {
        name: "Sheet",
        rows: [
          ["link", "formula"],
          [trap, { xml: `<c t="str"><f>WEBSERVICE("${trap}")</f><v>${trap}</v></c>` }],
        ],
      },
    ],
    parts: {
      "xl/worksheets/_rels/sheet1.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="${type}/hyperlink" Target="${trap}" TargetMode="External"/></Relationships>`,
    },
  });
  const set = connect("AvePoint with a secret", {
    intercept: ({ url }, proceed) =>
      url.pathname.endsWith("/exportfile") ? new Response(workbook as BodyInit) : proceed(),
  });
  const rows = await collect(await set.client.download(await set.finish()));
  expect(rows).toMatchObject([{ values: { link: trap, formula: trap } }]);
  expect(set.sent.filter(({ url }) => url.host === "elsewhere.example.org")).toEqual([]);
});
