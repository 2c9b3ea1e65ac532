import { authgear, users } from "./authgear.js";

const { AUTHGEAR_ENDPOINT, AUTHGEAR_PROJECT_ID, AUTHGEAR_KEY_ID, AUTHGEAR_PRIVATE_KEY } = process.env;
const vendor = authgear({
  endpoint: AUTHGEAR_ENDPOINT,
  projectId: AUTHGEAR_PROJECT_ID,
  keyId: AUTHGEAR_KEY_ID,
  privateKey: AUTHGEAR_PRIVATE_KEY,
});
const { id } = await vendor.start("ndjson");
await vendor.wait(id);
for await (const { user } of users(vendor.bytes(id))) console.log(user.sub, user.email);
