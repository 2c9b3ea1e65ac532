import type { FaultVendor } from "exportkit/testing";
import type { SurvivedKills } from "./document.js";

export const prologue = `# Faults

What goes wrong between you and a vendor, and what you see of it. Every line below was run against emulators of the
three vendors, behind real sockets, through the public API; nothing in the tables is written by hand.

\`\`\`sh
npx vitest run test/faults      # runs every case, and fails if this page says something else
npx vitest run test/faults -u   # writes this page again
\`\`\`

## How to read it

- **recovers**: you get the whole result, nothing twice, nothing missing, and the export was started once at the vendor.
  *n requests more* is what it took beside those of an undisturbed run. Where nothing is added, nothing had to be
  repeated, or nobody was there to count (a closed port).
- **\`CODE\`**: you get an \`ExportError\` with this code. Records handed over before it are right; a result that is cut
  short never looks like a whole one. *Sent once*: the start is not repeated, because it may have taken
  effect. At Zephr a start only asks, and is repeated like any other question.
- **–**: cannot happen there.
- Vendors are named where they differ. *Authgear NDJSON* signs in with a private key, *Authgear CSV* with a function
  that returns tokens.
- No case marks the job as failed: a question for its status that fails says nothing about the export.
- No case shows a token, a key, a signature or a signed URL in errors, events, log lines, jobs or checkpoints.

What each column hits:

| | Authgear | AvePoint | Zephr |
| --- | --- | --- | --- |
| sign-in | – (tokens are made by the client) | the token request | – (every request is signed) |
| start | the export task | the report job | the request that proves key pair and query |
| poll | the task's status | the job's status | – (there is no job) |
| page | – | – | a page of the listing |
| file | the object store behind the signed URL | the ZIP of workbooks | – |

## Outcomes`;

export const arrivalsIntro = `## How often a start arrives

One call of \`fetch\` is not always one request: where a connection that was used before breaks, Bun (GET), Deno and newer
versions of workerd (GET) send again by themselves, and Node repeats what is answered by 421. A second start is a second
export, so a start goes out in a way in which the runtime cannot repeat it. Numbers are arrivals **counted by the vendor's
side**, of a start over a client that had used its connection before; *the vendor acts* means that the export runs. This
is what \`npm run test:runtimes\` saw, and what it compares with.

- **Node**: sent by its own \`fetch\`, or yours, and watched: what was written and has no answer does not go out again, not
  even where your \`fetch\` or an agent (undici's \`RetryAgent\`) tries to.
- **Bun, Deno**: sent on a connection of its own. Behind a proxy of the environment (\`HTTPS_PROXY\`, \`ALL_PROXY\`) it is
  sent by \`fetch\`: on Bun once; on Deno a POST once, while a GET may be repeated.
- **Cloudflare Workers and runtimes that are not known** (in the table: workerd, edge-runtime): there is no way that keeps
  a GET from being repeated, and a refused connection cannot always be told from a lost one (on workerd it is
  \`START_OUTCOME_UNKNOWN\`). workerd up to October 2026, as in the table, repeats nothing; that of 17 November 2026 repeats
  a GET (AvePoint) over a used connection.
- \`client.capabilities(name).startOnce\` is \`false\` wherever the promise cannot be kept. A \`fetch\` of your own, or one put
  in the global's place, is called once for a start; what it does with it is watched on Node only.
- That a start never arrived is known from a connection that never stood. With a \`fetch\` of your own it is known on Node
  alone: from the connections of undici and of \`node:http\` under it, with a proxy's agent too; where it has neither, from
  the codes of its error; never from words. Elsewhere nothing proves it, and the outcome is unknown.`;

/** Tests by vendor, as they stand in test/faults/samples. */
export type Samples = { readonly [V in FaultVendor]: string };

const code = (text: string) => `\`\`\`ts\n${text.trim()}\n\`\`\``;
const folded = (title: string, text: string) =>
  `<details>\n<summary>${title}</summary>\n\n${code(text)}\n\n</details>`;

export const epilogue = ({ authgear, avepoint, zephr }: Samples) => `## The same faults in your own tests

\`exportkit/testing\` has these scenarios as plain data. \`faultCases\` lists those that apply to a vendor, each with the
outcome to expect; \`faultScenario\` gives one by its name; \`armScenario\` lets it happen. This is a whole test, which runs
as it stands; put your own code into the middle of it:

${code(authgear)}

${folded("The same for AvePoint", avepoint)}

${folded("The same for Zephr", zephr)}

With one \`createTestClock\` for the client and the emulator nothing takes long: the clock advances by itself when something
sleeps, and when the emulator leaves a request without an answer (both stalls), it advances to the client's timeout. Without
it, the stalls last as long as your timeouts, and the rate limits as long as they say.

What to mind (\`expected.needs\` has what a case needs):`;

export const limits = `- \`armed.fired\`, and \`emulator.faults.fired\`, count the requests that went wrong. 0 says that the fault did not happen,
  and that the test showed nothing.
- Behind \`serveEmulator\`, pass the \`server\` to \`armScenario\` too: then a refused connection is a closed port, which
  \`armed.lift()\` opens again. It sees nobody, and \`fired\` stays 0.
- Behind MSW a refused connection cannot be told from a lost one: \`connection-refused\` at the start is
  \`START_OUTCOME_UNKNOWN\` there (Authgear, AvePoint). All else is as above.`;

/** The words before the table of kills. */
export function killIntro(kills: readonly SurvivedKills[]): string {
  const count = kills.reduce((sum, row) => sum + row.kills, 0);
  const bytes = kills.reduce((sum, row) => sum + row.bytes, 0);
  return `## Killed processes

**${count} kills survived, ${bytes.toLocaleString("en-US")} bytes compared.**

\`saveExport\` runs in a process of its own, which is killed with SIGKILL at random moments, while it starts, writes,
flushes and renames, and run again until the file is there. Every file was the same as one that was read without a
fault, byte for byte, and at no time was there half a file under the final name.

\`\`\`sh
npm run test:kills
\`\`\``;
}
