import type { ExportState, Sink } from "exportkit/durable";
import { stored } from "../support/stored.js";

/** What a database would hold, whoever is killed: records and state of one transaction, and the claim. */
export class Store {
  readonly records: unknown[] = [];
  readonly states: ExportState[] = [];
  isClaimed = false;

  /** Both or nothing, and nothing for who was overtaken. */
  commit(records: readonly unknown[], before: ExportState, after: ExportState): void {
    const known = this.states.at(-1);
    if (known && JSON.stringify(known) !== JSON.stringify(before)) throw new Error("overtaken");
    this.records.push(...stored(records));
    this.states.push(stored(after));
  }

  claim(): boolean {
    const isFirst = !this.isClaimed;
    this.isClaimed = true;
    return isFirst;
  }
}

/** A sink over a store; `moment` is awaited before and after everything that it does there. */
export function memorySink(store = new Store(), moment: () => Promise<void> = async () => {}) {
  const sink: Sink<unknown> = {
    async load() {
      await moment();
      return store.states.at(-1) ?? null;
    },
    async write(batch, { before, after }) {
      await moment();
      store.commit(batch.records, before, after);
      await moment();
    },
  };
  const claimStart = async () => {
    await moment();
    const isFirst = store.claim();
    await moment();
    return isFirst;
  };
  return { sink, claimStart, store };
}

export function requestOf(vendor: string): object {
  switch (vendor) {
    case "authgear-ndjson":
      return { format: "ndjson" };
    case "authgear-csv":
      return { format: "csv" };
    case "avepoint":
      return { report: "userAccess", email: "ada@contoso.com", dataSources: ["SharePoint Online"] };
    default:
      return { pageSize: 10 };
  }
}
