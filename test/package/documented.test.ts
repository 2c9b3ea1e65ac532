import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const report = readFileSync(new URL("../../docs/api/index.api.md", import.meta.url), "utf8");

/** The exports of the report, by their names. */
const blocks = new Map(
  report
    .split(/^(?=\/\/ @)/m)
    .map((block) => [/^export (?:const|class|function|interface|type) (\w+)/m.exec(block)?.[1] ?? "", block]),
);

describe("every member is documented of", () => {
  it.each([
    "ClientSettings",
    "ExportClient",
    "ExportClientOptions",
    "ExportDownload",
    "ExportError",
    "ExportErrorContext",
    "ExportJob",
    "JobFailure",
    "JobProgress",
    "Batch",
    "BatchesOptions",
    "Budget",
    "BudgetLimits",
    "CallOptions",
    "Checkpoint",
    "DownloadProgress",
    "ExplainedExport",
    "Logger",
    "OpenDownloadOptions",
    "RecordIssue",
    "RecordPosition",
    "RetryOptions",
    "RunOptions",
    "TimeoutOptions",
    "WaitOptions",
  ])("%s", (name) => {
    expect(blocks.get(name)).toContain(`export`);
    expect(blocks.get(name)).not.toContain("(undocumented)");
  });
});
