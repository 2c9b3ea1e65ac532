// Run by itself, where making code of strings is forbidden: an export of every vendor, to its end.
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createTestClock,
  createZephrEmulator,
} from "exportkit/testing";
import { zephr } from "exportkit/zephr";

let isForbidden = false;
try {
  new Function("return 1");
} catch {
  isForbidden = true;
}

const clock = createTestClock();
const token = "ready-made-token";
const vendors = {
  users: createAuthgearEmulator({ tokens: [token], users: 10, clock }),
  access: createAvepointEmulator({ tokens: [token], rows: 10, clock }),
  readers: createZephrEmulator({ keys: { key: "secret-key" }, users: 10, clock }),
};
const client = createExportClient({
  providers: {
    users: authgear({ endpoint: vendors.users.endpoint, token }),
    access: avepoint({ dataCenter: "us", token }),
    readers: zephr({ baseUrl: vendors.readers.endpoint, accessKey: "key", secretKey: "secret-key" }),
  },
  clock,
  fetch: (input, init) => {
    const vendor = Object.values(vendors).find(({ roleOf }) => roleOf(new URL(String(input))) !== undefined);
    return (vendor ?? vendors.users).fetch(input, init);
  },
});

const counts: number[] = [];
for (const [connection, request] of [
  ["users", { format: "ndjson" }],
  ["access", { report: "userAccess", email: "ada@contoso.com", dataSources: ["SharePoint Online"] }],
  ["readers", {}],
] as const) {
  let count = 0;
  for await (const _ of await client.runExport(connection as "users", request as { format: "ndjson" }))
    count++;
  counts.push(count);
}
process.stdout.write(JSON.stringify({ isForbidden, counts }));
