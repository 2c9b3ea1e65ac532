// A listing of pages: beside a loop as one would write it by hand, and what a checkpoint at every record costs.

import type { Work } from "./rounds.ts";
import { countOf, keys, servedFile, servedPages } from "./users.ts";

export async function readingPages(): Promise<Work> {
  const { open, fetch, url } = await servedPages(10_000, 500);
  return {
    name: "read Zephr's pages, no latency",
    ways: [
      { name: "exportkit", run: async () => countOf(await open()) },
      {
        name: "a hand-written loop",
        async run() {
          let users = 0;
          const seen = new Set<string>();
          for (let page = 1; ; page++) {
            const items = await itemsOf(fetch, url, page);
            for (const { user } of items) if (!seen.has(user.user_id)) users += seen.add(user.user_id) && 1;
            if (items.length < 500) return users;
          }
        },
      },
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

async function itemsOf(fetch: typeof globalThis.fetch, url: URL, page: number): Promise<readonly Item[]> {
  const asked = new URL(url);
  asked.searchParams.set("page", String(page));
  const headers = { authorization: await signed(asked) };
  const answer = (await (await fetch(asked, { headers })).json()) as
    | { readonly results?: readonly Item[] }
    | Item[];
  return Array.isArray(answer) ? answer : (answer.results ?? []);
}

/** As Zephr wants every request to be signed. */
async function signed({ pathname, search }: URL): Promise<string> {
  const [timestamp, nonce] = [Date.now(), crypto.randomUUID()];
  const text = `${keys.secretKey}${pathname}${search.slice(1)}GET${timestamp}${nonce}`;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const hex = Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `ZEPHR-HMAC-SHA256 ${keys.accessKey}:${timestamp}:${nonce}:${hex}`;
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
