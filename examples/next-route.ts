// Asks the Next.js-like route of route.ts once, against the emulator: you see a 200, its content type, and the first two users.
import { createAuthgearEmulator, serveEmulator } from "exportkit/testing";
import { GET } from "./route.ts";

await using vendor = await serveEmulator(createAuthgearEmulator({ tokens: ["demo-token"], users: 500 }));
Object.assign(process.env, { AUTHGEAR_ENDPOINT: vendor.endpoint, AUTHGEAR_TOKEN: "demo-token" });

const response = await GET(new Request("https://app.example/users.csv"));
const lines = (await response.text()).trimEnd().split("\n");
console.log(response.status, response.headers.get("content-type"));
console.log(lines.slice(0, 3).join("\n"));
console.log(`and ${lines.length - 3} more`);
