import type { Stats } from "node:fs";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { profileFolder } from "./folders.js";
import { nearest } from "./nearest.js";
import { UsageError } from "./usage-error.js";
import { type Environment, PROFILE, type Vendor, vendors } from "./vendors.js";

/** The most that credentials take; whatever is more is something else. */
const LONGEST = 1_048_576;

/**
 * The environment to find credentials in. With a profile, all of them are that profile's: a mixture with what happens to be
 * set would sign in as somebody whom nobody named.
 */
export async function environmentOf(
  profile: string | undefined,
  environment: Environment,
  stdin: AsyncIterable<Uint8Array | string>,
): Promise<Environment> {
  const name = profile ?? (environment.EXPORTKIT_PROFILE || undefined);
  if (name === undefined) return environment;
  const [text, source] =
    name === "-" ? [await wholeOf(stdin), "the standard input"] : await readProfile(name, environment);
  const variables = parseEnv(text);
  for (const variable of Object.keys(variables)) checkVariable(variable, source);
  return Object.defineProperty(variables, PROFILE, { value: true });
}

async function readProfile(name: string, environment: Environment): Promise<[text: string, path: string]> {
  const folder = profileFolder(environment);
  const isPath = /[/\\]/.test(name);
  if (!isPath && folder === undefined) {
    throw new UsageError(`there is no home folder to look for profile ${name} in; name its file by its path`);
  }
  const path = isPath ? name : join(folder ?? "", `${name}.env`);
  const file = await open(path).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" && !isPath && (await isReadable(name)))
      throw new UsageError(
        `there is no profile ${name} in ${folder}; for the file of that name in this folder write --profile ./${name}`,
        await othersThan(name, folder),
      );
    throw new UsageError(
      `profile ${name} cannot be read from ${path}: ${error.code === "ENOENT" ? "there is none; write NAME=value lines into it" : error.code}`,
      await othersThan(name, isPath ? undefined : folder),
    );
  });
  try {
    const found = await file.stat();
    if (found.isDirectory())
      throw new UsageError(`${path} is a folder: name a file of NAME=value lines in it`);
    if (!holdsText(found)) throw new UsageError(`${path} is a device: name a file of NAME=value lines`);
    const { mode, size } = found;
    if (process.platform !== "win32" && mode & 0o077) {
      throw new UsageError(
        `${path} can be read by others than you: chmod 600 ${path}`,
        "then run the same command again",
      );
    }
    if (size > LONGEST) throw new UsageError(`${path} is not a profile: it is larger than 1 MiB`);
    return [await file.readFile("utf8"), path];
  } finally {
    await file.close();
  }
}

async function isReadable(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && holdsText(found);
}

/** What a shell gives in the place of a file, as `<(command)`, is a pipe. */
function holdsText(found: Stats): boolean {
  return found.isFile() || found.isFIFO();
}

/** Which profiles there are, and how to make one. */
async function othersThan(name: string, folder: string | undefined): Promise<string> {
  const files = folder === undefined ? [] : await readdir(folder).catch(() => []);
  const names = files.flatMap((file) => /^(.+)\.env$/.exec(file)?.[1] ?? []);
  const near = nearest(name, names);
  const told = near === undefined ? `there are: ${names.join(", ")}` : `did you mean ${near}?`;
  return `${names.length === 0 ? "" : `${told}; `}exportkit help credentials tells how to write one`;
}

async function wholeOf(stdin: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    bytes += chunk.length;
    if (bytes > LONGEST)
      throw new UsageError("the standard input is more than 1 MiB: it holds no credentials");
  }
  return Buffer.concat(chunks).toString("utf8");
}

function checkVariable(variable: string, source: string): void {
  const known = Object.values<Vendor>(vendors).flatMap((vendor) => Object.keys(vendor.variables));
  if (known.includes(variable.replace(/_FILE$/, ""))) return;
  const near = nearest(variable, known);
  throw new UsageError(
    `${source} sets ${variable}, which no vendor has${near === undefined ? "" : `; did you mean ${near}?`}`,
  );
}
