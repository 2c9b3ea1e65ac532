// A download of 200 MB over loopback sockets that break at 50 random places, with URLs that end between the breaks:
// `npm run bench:cuts [seed]`. Exits with 1 where a single byte is not what it must be.
import { downloadWithCuts } from "./cut-download.ts";

const seed = Number(process.argv[2] ?? Math.ceil(Math.random() * 2 ** 31));
const result = await downloadWithCuts({ users: 205_000, cuts: 50, seed });

console.log(`seed         ${seed}`);
console.log(`bytes        ${result.bytes} of ${result.expectedBytes}`);
console.log(`sha-256      ${result.sha256}`);
console.log(`expected     ${result.expectedSha256}`);
console.log(`resumed      ${result.resumedAt.length} times, at ${result.resumedAt.join(" ")}`);
console.log(`URLs         ${result.located} asked for, ${result.refused} refused because they had ended`);
console.log(
  `took         ${result.seconds.toFixed(1)} s, ${(result.bytes / 1e6 / result.seconds).toFixed(0)} MB/s`,
);

const intact = result.bytes === result.expectedBytes && result.sha256 === result.expectedSha256;
const large = result.bytes >= 200_000_000;
const allCut = result.cutsLeft === 0;
console.log(intact && large && allCut ? "intact" : "NOT AS IT MUST BE");
process.exitCode = intact && large && allCut ? 0 : 1;
