import { createExportClient } from "exportkit";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";
import { collect } from "../../support/collect.js";

async function read(
  pages: readonly (readonly object[])[],
  count: unknown,
  prefetchPages = 1,
): Promise<unknown[]> {
  const client = createExportClient({
    providers: { readers: zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" }) },
    prefetchPages,
    retry: { retries: 0 },
    fetch: async (input, init) => {
      const page = Number(new URL(new Request(input, init).url).searchParams.get("page"));
      const results = (pages[page - 1] ?? []).map((user) => ({ user }));
      return Response.json({ results, meta: { count }, links: { first: { page: 1 } } });
    },
  });
  return collect(await client.runExport("readers", { pageSize: 2 }));
}

describe.each([1, 4])("users of Zephr, %i pages ahead", (ahead) => {
  it.each([
    ["null", { email_address: null }],
    ["empty", { email_address: "", username: "" }],
    ["no", {}],
  ])("are not one for having %s identifiers", async (_, identifiers) => {
    const nobody = (n: number) => ({ identifiers, tracking_id: `t${n}` });
    const pages = [
      [{ user_id: "a" }, nobody(1)],
      [nobody(2), { user_id: "b" }],
    ];
    expect(await read(pages, 4, ahead)).toHaveLength(4);
  });

  it("come whole where the total is written as text", async () => {
    const pages = [1, 3, 5].map((n) => [{ user_id: `${n}` }, { user_id: `${n + 1}` }]);
    expect(await read(pages, "6", ahead)).toHaveLength(6);
  });

  it("are known by ids that are numbers", async () => {
    // One user has moved on to the next page, where another was added before.
    const pages = [
      [{ user_id: 1 }, { user_id: 2 }],
      [{ user_id: 3 }, { user_id: 4 }],
    ];
    expect(await read(pages, 4, ahead)).toHaveLength(4);
  });
});
