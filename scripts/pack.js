// Builds and packs the package, and installs the tarball into an empty project, as a user would.
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

export function npm(args, cwd) {
  return execFileSync("npm", args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    shell: process.platform === "win32",
  });
}

/** Returns the folder of a fresh project that has the package installed from its tarball. */
export function installPacked() {
  const app = mkdtempSync(join(tmpdir(), "exportkit-packed-"));
  npm(["run", "--silent", "build"], root);
  const [{ filename }] = JSON.parse(
    npm(["pack", "--json", "--ignore-scripts", "--pack-destination", app], root),
  );
  writeFileSync(join(app, "package.json"), JSON.stringify({ name: "app", private: true, type: "module" }));
  npm(["install", "--no-audit", "--no-fund", "--silent", join(app, filename)], app);
  return { app, tarball: join(app, filename) };
}
