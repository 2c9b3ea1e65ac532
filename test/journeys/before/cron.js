// `node cron.js users.ndjson`: the file is whole, or it is not there; killed at any moment and run again, it resumes.
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { authgear, users } from "./authgear.js";

const [out] = process.argv.slice(2);
const [lock, partPath, statePath] = [`${out}.lock`, `${out}.part`, `${out}.state.json`];
const MAX_AGE_MS = 20 * 3_600_000;
const { AUTHGEAR_ENDPOINT, AUTHGEAR_PROJECT_ID, AUTHGEAR_KEY_ID, AUTHGEAR_PRIVATE_KEY } = process.env;
const vendor = authgear({
  endpoint: AUTHGEAR_ENDPOINT,
  projectId: AUTHGEAR_PROJECT_ID,
  keyId: AUTHGEAR_KEY_ID,
  privateKey: AUTHGEAR_PRIVATE_KEY,
});

/** Whether this process has the lock; that of a process which is gone is taken over. */
async function takeLock() {
  try {
    const file = await open(lock, "wx");
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const holder = Number(await readFile(lock, "utf8").catch(() => ""));
  try {
    if (holder > 0 && process.kill(holder, 0)) return false;
  } catch (error) {
    if (error.code !== "ESRCH") return false;
  }
  await rm(lock, { force: true });
  return takeLock();
}

async function syncFolder() {
  const folder = await open(dirname(out), "r");
  await folder.sync();
  await folder.close();
}

async function writeState(state) {
  const file = await open(`${statePath}.new`, "w");
  await file.writeFile(JSON.stringify(state));
  await file.sync();
  await file.close();
  await rename(`${statePath}.new`, statePath);
  await syncFolder();
}

async function readState() {
  const text = await readFile(statePath, "utf8").catch(() => undefined);
  const state = text === undefined ? undefined : JSON.parse(text);
  return state && Date.now() - state.at < MAX_AGE_MS ? state : undefined;
}

async function begin() {
  // Stored ahead: whoever is killed in between must not start another one.
  await writeState({ at: Date.now() });
  try {
    const { id } = await vendor.start("ndjson");
    const state = { at: Date.now(), id, read: 0, written: 0 };
    await writeState(state);
    return state;
  } catch (error) {
    if (error.isForGood) await rm(statePath, { force: true });
    throw error;
  }
}

if (!(await takeLock())) {
  console.error(`another run is saving to ${out}`);
  process.exit(75);
}
try {
  let state = (await readState()) ?? (await begin());
  if (!state.id) throw new Error("an export may be running that nobody knows: look in the portal");
  await vendor.wait(state.id);
  const part = await open(partPath, state.written > 0 ? "r+" : "w");
  // What was written behind the last state is written again.
  if ((await stat(partPath)).size < state.written) throw new Error(`${partPath} was changed`);
  await part.truncate(state.written);
  const seen = { etag: state.etag };
  let text = "";
  const flush = async (read) => {
    const bytes = Buffer.from(text);
    await part.write(bytes, 0, bytes.length, state.written);
    await part.sync();
    state = { ...state, read, written: state.written + bytes.length, etag: seen.etag };
    await writeState(state);
    text = "";
  };
  let last = state.read;
  for await (const { user, end } of users(vendor.bytes(state.id, state.read, seen), state.read)) {
    text += `${JSON.stringify(user)}\n`;
    last = end;
    if (text.length > 1_000_000) await flush(end);
  }
  await flush(last);
  await part.close();
  await rename(partPath, out);
  await syncFolder();
  await rm(statePath, { force: true });
} finally {
  await rm(lock, { force: true });
}
