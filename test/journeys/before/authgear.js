// What a script has to know of Authgear before it can begin, on Node and on Workers: tokens, tasks that fail with HTTP 200, links
// that live for a minute, connections that break.
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
const part = (value) => base64url(new TextEncoder().encode(JSON.stringify(value)));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const RETRIES = 5;

export function authgear({ endpoint, projectId, keyId, privateKey }) {
  async function token() {
    const pem = privateKey.replaceAll("\\n", "\n").replace(/-----[^-]+-----|\s/g, "");
    const der = Uint8Array.from(atob(pem), (sign) => sign.charCodeAt(0));
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    const key = await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
    const now = Math.floor(Date.now() / 1_000);
    const claims = { aud: [projectId], iat: now - 30, exp: now + 300 };
    const signed = `${part({ alg: "RS256", typ: "JWT", kid: keyId })}.${part(claims)}`;
    const signature = await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(signed));
    return `${signed}.${base64url(new Uint8Array(signature))}`;
  }

  async function ask(path, init) {
    const response = await fetch(`${endpoint}/_api/admin/users/export${path}`, {
      ...init,
      headers: { authorization: `Bearer ${await token()}`, "content-type": "application/json" },
      signal: AbortSignal.timeout(30_000),
    });
    const text = await response.text();
    if (response.ok) return JSON.parse(text).result;
    const isForGood = response.status < 500 || text.includes("UserExportDisabled");
    throw Object.assign(new Error(`HTTP ${response.status}: ${text.slice(0, 200)}`), { isForGood });
  }

  /** Not repeated whatever happens: every start is another task, and a unit of the quota. */
  const start = (format) => ask("", { method: "POST", body: JSON.stringify({ format }) });

  /** One question, repeated where that may help. */
  async function status(id) {
    for (let failures = 0; ; failures++) {
      try {
        const task = await ask(`/${encodeURIComponent(id)}`);
        if (task.failed_at || task.error || (task.status === "completed" && !task.download_url))
          throw Object.assign(new Error(`export ${id} failed: ${JSON.stringify(task.error)}`), {
            isForGood: true,
          });
        return task;
      } catch (error) {
        if (error.isForGood || failures === RETRIES) throw error;
        await sleep(250 * 2 ** failures * Math.random());
      }
    }
  }

  async function wait(id) {
    for (let ms = 1_000; ; ms = Math.min(ms * 1.5, 30_000)) {
      const task = await status(id);
      if (task.download_url) return task;
      await sleep(ms);
    }
  }

  /** The file from a byte on, by as many connections as it takes; `seen.etag` is what proves it the same file. */
  async function* bytes(id, from = 0, seen = {}) {
    let at = from;
    for (let failures = 0; ; failures++) {
      const before = at;
      try {
        const { download_url: url } = await status(id);
        const headers = { "accept-encoding": "identity" };
        if (at > 0) Object.assign(headers, { range: `bytes=${at}-`, "if-range": seen.etag });
        const stalled = new AbortController();
        let timer = setTimeout(() => stalled.abort(new Error("stalled")), 30_000);
        try {
          const response = await fetch(url, { headers, signal: stalled.signal });
          const etag = response.headers.get("etag");
          if (at > 0 && response.status === 416 && at === seen.size) return;
          if (!response.ok) throw new Error(`the store answered ${response.status}`);
          const changed = Object.assign(new Error(`the file of export ${id} is another one`), {
            isForGood: true,
          });
          if (at > 0 && (response.status !== 206 || etag === null || etag !== seen.etag)) throw changed;
          const range = /^bytes (\d+)-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "");
          if (at > 0 && Number(range?.[1]) !== at) throw changed;
          seen.etag = etag;
          seen.size = range ? Number(range[2]) : Number(response.headers.get("content-length"));
          for await (const chunk of response.body) {
            clearTimeout(timer);
            timer = setTimeout(() => stalled.abort(new Error("stalled")), 30_000);
            at += chunk.length;
            failures = 0;
            yield chunk;
          }
          if (at === seen.size) return;
          throw new Error(`the file ends after ${at} of ${seen.size} bytes`);
        } finally {
          clearTimeout(timer);
          stalled.abort();
        }
      } catch (error) {
        // What was handed over without an ETag cannot be resumed.
        if (error.isForGood || failures >= RETRIES || (at > 0 && !seen.etag)) throw error;
        if (at === before) await sleep(250 * 2 ** failures * Math.random());
      }
    }
  }

  return { start, status, wait, bytes };
}

/** The users of the file, each with the byte behind it. Numbers beyond 2^53 are rounded here, and secrets of TOTP are left out. */
export async function* users(chunks, from = 0) {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = new Uint8Array();
  let end = from;
  for await (const chunk of chunks) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    let begin = 0;
    for (let at = bytes.indexOf(10, rest.length); at >= 0; at = bytes.indexOf(10, begin)) {
      end += at + 1 - begin;
      const user = JSON.parse(decoder.decode(bytes.subarray(begin, at)));
      if (user.mfa) delete user.mfa.totps;
      yield { user, end };
      begin = at + 1;
    }
    rest = bytes.slice(begin);
  }
  if (rest.length > 0) throw new Error("the file ends within a line");
}
