import type { ExportState, Sink } from "exportkit/durable";

/** A sink that keeps records and state together, as one transaction does, and can be killed before or after it. */
export function memorySink() {
  const records: unknown[] = [];
  const states: ExportState[] = [];
  const sink: Sink<unknown> = {
    load: async () => states.at(-1) ?? null,
    async write(batch, { before, after }) {
      const known = states.at(-1);
      if (known && JSON.stringify(known) !== JSON.stringify(before)) throw new Error("overtaken");
      records.push(...batch.records);
      states.push(JSON.parse(JSON.stringify(after)));
    },
  };
  return { sink, records, states };
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
