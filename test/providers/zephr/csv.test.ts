import { createExportClient, type EncodeOptions } from "exportkit";
import { zephr } from "exportkit/zephr";
import { describe, expect, it } from "vitest";

async function csvOf(items: readonly unknown[], options: EncodeOptions = {}): Promise<string[]> {
  const client = createExportClient({
    providers: { readers: zephr({ tenantId: "news", accessKey: "AK", secretKey: "s3cr3t" }) },
    fetch: async () => Response.json(items),
  });
  const download = await client.runExport("readers", {});
  return (await new Response(download.encode("csv", options)).text()).trimEnd().split("\n");
}

const HEADER =
  "user_id,identifiers.email_address,identifiers.username,email_verified,registered,registration_tenant," +
  "tracking_id,foreign_keys,attributes,grants,seq-no,_extra";

const item = {
  "seq-no": 7,
  user: {
    user_id: "u1",
    identifiers: { email_address: "ada@example.com", phone: "+49 30" },
    attributes: { first_name: "Ada", "marketing.opt_in": true, address: { city: "Bonn" } },
    email_verified: true,
    registered: "2024-01-01T00:00:00Z",
    loyalty: 3,
  },
  grants: { results: [{ grantId: "g1", endTime: "2022-12-31 23:59:59" }] },
  profiles: { "app-a": { level: 1 } },
};

describe("encode csv", () => {
  it("flattens items into the columns that every user has, attributes and grants as JSON", async () => {
    const [header, row] = await csvOf([item]);
    expect(header).toBe(HEADER);
    expect(row).toBe(
      'u1,ada@example.com,,true,2024-01-01T00:00:00Z,,,,"{""first_name"":""Ada"",""marketing.opt_in"":true,' +
        '""address"":{""city"":""Bonn""}}","[{""grantId"":""g1"",""endTime"":""2022-12-31 23:59:59""}]",7,' +
        '"{""loyalty"":3,""identifiers.phone"":""+49 30"",""profiles"":{""app-a"":{""level"":1}}}"',
    );
  });

  it("leaves cells empty where a user has nothing", async () => {
    const bare = { user: { user_id: "u2", identifiers: {} } };
    expect(await csvOf([bare, { user: { user_id: "u3" } }])).toEqual([
      HEADER,
      `u2${",".repeat(11)}`,
      `u3${",".repeat(11)}`,
    ]);
  });

  it("gives attributes, identifiers and whatever lies deeper a column where the caller names it", async () => {
    const columns = [
      "user_id",
      "attributes.first_name",
      "attributes.marketing.opt_in",
      "attributes.address.city",
      "identifiers.phone",
      "profiles.app-a.level",
      "attributes.missing",
      "constructor",
    ];
    expect(await csvOf([item], { columns })).toEqual([columns.join(","), "u1,Ada,true,Bonn,+49 30,1,,"]);
  });

  it("keeps what has the name of a user's field under another one", async () => {
    const [, row] = await csvOf([{ ...item, user_id: "other", ["__proto__"]: 1 }]);
    expect(row).toContain('""item.user_id"":""other""');
    expect(row?.startsWith("u1,")).toBe(true);
  });

  it("writes grants that are no list as they are", async () => {
    const [, row] = await csvOf([{ ...item, grants: { pending: true } }]);
    expect(row).toContain('"{""pending"":true}"');
  });
});
