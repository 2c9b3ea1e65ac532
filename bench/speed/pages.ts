// A listing of pages: beside a loop as one would write it by hand, and what a checkpoint at every record costs.
import { hash } from "node:crypto";
import type { Work } from "./rounds.ts";
import { countOf, keys, servedFile, servedPages } from "./users.ts";

export async function readingPages(): Promise<Work> {
  const { open, fetch, url } = await servedPages(10_000, 500);
  const countByLoop = async (sha256: Sha256) => {
    let users = 0;
    const seen = new Set<string>();
    for (let page = 1; ; page++) {
      const items = await itemsOf(fetch, url, page, sha256);
      for (const { user } of items) if (!seen.has(user.user_id)) users += seen.add(user.user_id) && 1;
      if (items.length < 500) return users;
    }
  };
  return {
    name: "read Zephr's pages, no latency",
    ways: [
      { name: "exportkit", run: async () => countOf(await open()) },
      { name: "a hand-written loop, signed by WebCrypto", run: () => countByLoop(bySubtle) },
      { name: "the same, signed by node:crypto", run: () => countByLoop(byNode) },
    ],
  };
}

export async function prefetchingPages(): Promise<Work> {
  const { open, fetch, url } = await servedPages(50_000, 500, 100, 8);
  return {
    name: "read Zephr's pages, 100 ms each, 8 at once",
    by: "wall",
    ways: [
      { name: "exportkit", run: async () => countOf(await open()) },
      {
        name: "a hand-written loop with a limiter",
        async run() {
          let users = 0;
          const pages: Promise<readonly Item[]>[] = [];
          for (let page = 1; ; page++) {
            while (pages.length < page + 7) pages.push(itemsOf(fetch, url, pages.length + 1));
            const items = (await pages[page - 1]) ?? [];
            users += items.length;
            if (items.length < 500) {
              await Promise.all(pages);
              return users;
            }
          }
        },
      },
    ],
  };
}

interface Item {
  readonly user: { readonly user_id: string };
}

async function itemsOf(
  fetch: typeof globalThis.fetch,
  url: URL,
  page: number,
  sha256: Sha256 = bySubtle,
): Promise<readonly Item[]> {
  const asked = new URL(url);
  asked.searchParams.set("page", String(page));
  const headers = { authorization: await signed(asked, sha256) };
  const answer = (await (await fetch(asked, { headers })).json()) as
    | { readonly results?: readonly Item[] }
    | Item[];
  return Array.isArray(answer) ? answer : (answer.results ?? []);
}

type Sha256 = (text: string) => string | Promise<string>;

const byNode: Sha256 = (text) => hash("sha256", text);

/** As the documentation of the web has it, on any runtime. */
const bySubtle: Sha256 = async (text) => {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
};

/** As Zephr wants every request to be signed. */
async function signed({ pathname, search }: URL, sha256: Sha256): Promise<string> {
  const [timestamp, nonce] = [Date.now(), crypto.randomUUID()];
  const text = `${keys.secretKey}${pathname}${search.slice(1)}GET${timestamp}${nonce}`;
  return `ZEPHR-HMAC-SHA256 ${keys.accessKey}:${timestamp}:${nonce}:${await sha256(text)}`;
}

export async function checkpointing(kind: "NDJSON" | "CSV" | "Zephr's pages of 500"): Promise<Work> {
  const { open } =
    kind === "NDJSON" || kind === "CSV"
      ? await servedFile(kind === "CSV" ? "csv" : "ndjson", 5_000)
      : await servedPages(5_000, 500);
  const read = async (marks: boolean) => {
    let users = 0;
    const download = await open();
    for await (const _ of download) {
      users++;
      if (marks && download.checkpoint().version !== 1) throw new Error("no checkpoint");
    }
    return users;
  };
  return {
    name: `checkpoint() at every record, ${kind}`,
    ways: [
      { name: "exportkit", run: () => read(true) },
      { name: "never", run: () => read(false) },
    ],
  };
}
