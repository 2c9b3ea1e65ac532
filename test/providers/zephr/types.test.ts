import { createExportClient, type ExportJob } from "exportkit";
import {
  type ZephrGrant,
  type ZephrItem,
  type ZephrProvider,
  type ZephrV4Provider,
  type ZephrV4Record,
  zephr,
} from "exportkit/zephr";
import { expectTypeOf, it } from "vitest";

const pair = { accessKey: "AK", secretKey: "s3cr3t" };

const newClient = () =>
  createExportClient({
    providers: {
      readers: zephr({ ...pair, tenantId: "news" }),
      v4: zephr({ ...pair, baseUrl: "https://news.example", apiVersion: "v4" }),
    },
  });
type Client = ReturnType<typeof newClient>;

it("types follow from the connection and its options", () => {
  expectTypeOf(zephr({ ...pair, tenantId: "news" })).toEqualTypeOf<ZephrProvider>();
  expectTypeOf(zephr({ ...pair, tenantId: "news", apiVersion: "v3" })).toEqualTypeOf<ZephrProvider>();
  expectTypeOf(zephr({ ...pair, tenantId: "news", apiVersion: "v4" })).toEqualTypeOf<ZephrV4Provider>();
  expectTypeOf<ZephrProvider["capabilities"]["delivery"]>().toEqualTypeOf<"pages">();
  expectTypeOf<ZephrProvider["capabilities"]["jobs"]>().toEqualTypeOf<"immediate">();
});

// Compiled, never called: what must and what must not compile.
async function compiles(client: Client) {
  const job = await client.startExport("readers", {
    since: new Date(),
    registeredBefore: "2024-01-01",
    grants: true,
  });
  expectTypeOf(job.request.since).toEqualTypeOf<string>();
  expectTypeOf(job.request.registeredBefore).toEqualTypeOf<"2024-01-01">();
  expectTypeOf(job).toExtend<ExportJob<"readers">>();
  for await (const item of await client.download(job)) {
    expectTypeOf(item).toEqualTypeOf<ZephrItem>();
    expectTypeOf(item.user.user_id).toEqualTypeOf<string>();
    expectTypeOf(item.user.identifiers.email_address).toEqualTypeOf<string | undefined>();
    expectTypeOf(item.grants?.results).toEqualTypeOf<readonly ZephrGrant[] | undefined>();
    expectTypeOf(item.extended_profiles).toEqualTypeOf<unknown>();
  }
  const v4 = await client.runExport("v4", { appIds: "all", attr: ["plan.eq.gold"], eventsExport: true });
  for await (const record of v4) expectTypeOf(record).toEqualTypeOf<ZephrV4Record>();

  // @ts-expect-error: v3 has no filters
  await client.startExport("readers", { attr: ["plan.eq.gold"] });
  // @ts-expect-error: v3 knows no "all"
  await client.startExport("readers", { appIds: "all" });
  // @ts-expect-error: the field has another name
  await client.startExport("readers", { rpp: 20 });
  // @ts-expect-error: not a time
  await client.startExport("readers", { since: 1_577_836_800_000 });
  // @ts-expect-error: a tenant, or an address
  zephr(pair);
  // @ts-expect-error: not both
  zephr({ ...pair, tenantId: "news", baseUrl: "https://news.example" });
  // @ts-expect-error: there is no such version
  zephr({ ...pair, tenantId: "news", apiVersion: "v5" });
}
void compiles;
