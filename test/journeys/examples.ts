// Somebody who looks around first: every example that the package brings runs as it is, and shows what it says.
import { readdir } from "node:fs/promises";
import { check, type Project } from "./project.ts";

const SHOWS: { readonly [name: string]: RegExp } = {
  authgear: /users\.csv: \d+ bytes, SHA-256 [0-9a-f]{64}/,
  avepoint: /Object:/,
  cron: /20000 users in \d+ invocations/,
  "custom-provider": /^2 12$/m,
  "next-route": /^200 text\/csv.*\nsub,email\n/,
  resume: /second process: 6000 records more/,
  serve: /(Node|Bun|Deno) listens on port \d+\nsub,email\n/,
  "worker-local": /text\/csv/,
  zephr: /readers\.csv: \d{4} readers/,
};

export async function everyExample(project: Project): Promise<number> {
  const folder = "node_modules/exportkit/dist/examples";
  const names = (await readdir(`${project.folder}/${folder}`)).filter((name) => !name.startsWith("chunk-"));
  check(names.length === Object.keys(SHOWS).length, `examples: ${names.join(", ")}`);
  for (const [name, shown] of Object.entries(SHOWS)) {
    const { code, stdout, stderr } = await project.start(`node ${folder}/${name}.js`).ended;
    check(code === 0 && shown.test(stdout), `${name} ended with ${code}:\n${stdout}\n${stderr}`);
  }
  // Nothing is to be written.
  return 0;
}
