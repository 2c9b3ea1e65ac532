import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** A program that plain Node runs, made of a TypeScript file beside the tests. */
export interface BundledProgram {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * @param entry - relative to this folder
 * @param external - packages that are left out of it
 */
export async function bundleProgram(
  entry: string,
  external: readonly string[] = [],
): Promise<BundledProgram> {
  const folder = await mkdtemp(join(tmpdir(), "exportkit-program-"));
  const path = join(folder, "program.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    outfile: path,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node22",
    external: [...external],
    tsconfig: fileURLToPath(new URL("../../tsconfig.json", import.meta.url)),
    logLevel: "error",
  });
  return { path, remove: () => rm(folder, { recursive: true }) };
}
