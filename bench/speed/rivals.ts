// Libraries that only this benchmark needs are installed where the system keeps temporary files, once.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const versions = { "csv-parse": "7.0.3", papaparse: "5.7.1", split2: "4.2.0", udsv: "0.7.3" } as const;

const folder = fileURLToPath(
  new URL(`../../node_modules/.cache/rivals-${Object.values(versions).join("-")}`, import.meta.url),
);

/** A rival's module. */
export async function rival(name: keyof typeof versions): Promise<unknown> {
  if (!existsSync(join(folder, "done"))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, dependencies: versions }));
    execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund"], {
      cwd: folder,
      stdio: "inherit",
    });
    writeFileSync(join(folder, "done"), "");
  }
  return await import(pathToFileURL(createRequire(join(folder, "package.json")).resolve(name)).href);
}
