// Peak memory of a process that streams an export, by the number of users:
// npm run bench:memory [-- ndjson | csv | zephr [users …]]
// The emulator runs in this process, the client in one of its own for every size.
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  createAuthgearEmulator,
  createZephrEmulator,
  generateAuthgearKeys,
  serveEmulator,
} from "exportkit/testing";

const [format = "ndjson", ...sizes] = process.argv.slice(2);
const isPaged = format === "zephr";
const zephrKeys = { accessKey: "bench", secretKey: "not-a-secret" };
const keys = await generateAuthgearKeys();
const client = fileURLToPath(new URL("./memory-client.ts", import.meta.url));

console.log("format   users      seconds  MB/s   records/s  peak RSS MiB  largest live heap MiB");
for (const users of sizes.length > 0 ? sizes.map(Number) : [0, 10_000, 100_000, 1_000_000]) {
  const server = await serveEmulator(
    isPaged
      ? createZephrEmulator({ keys: { [zephrKeys.accessKey]: zephrKeys.secretKey }, users })
      : createAuthgearEmulator({ keys: { [keys.keyId]: keys.publicKey }, users }),
  );
  const { endpoint } = server;
  const config = {
    options: isPaged
      ? { baseUrl: endpoint, ...zephrKeys }
      : { endpoint, projectId: "myapp", keyId: keys.keyId, privateKey: keys.privateKey },
    format,
  };
  const { stdout } = await promisify(execFile)(process.execPath, [
    "--expose-gc",
    client,
    JSON.stringify(config),
  ]);
  const { records, bytes, seconds, peakMiB, heapMiB } = JSON.parse(stdout);
  if (records !== users) throw new Error(`${records} records instead of ${users}`);
  console.log(
    format.padEnd(8),
    String(users).padEnd(10),
    seconds.toFixed(1).padStart(7),
    (bytes / 1e6 / seconds).toFixed(0).padStart(6),
    (records / seconds).toFixed(0).padStart(10),
    peakMiB.toFixed(0).padStart(13),
    heapMiB.toFixed(0).padStart(16),
  );
  await server.close();
}
