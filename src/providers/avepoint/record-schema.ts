import type { RecordSchema } from "../../provider/contract.js";

const DRAFT = "http://json-schema.org/draft-07/schema#";

/** What the rows of a report look like. Sheets and columns are documented nowhere, so only the frame is promised. */
export function recordSchema(): RecordSchema {
  const text = { type: "string" };
  const cell = {
    anyOf: [
      text,
      { type: "number" },
      { type: "boolean" },
      { type: "null" },
      { type: "object", properties: { error: text }, required: ["error"] },
    ],
  };
  const properties = {
    file: text,
    sheet: text,
    row: { type: "integer", minimum: 1 },
    cells: { type: "array", items: cell },
    values: { type: "object", additionalProperties: cell },
  };
  const required = ["file", "sheet", "row", "cells", "values"];
  return {
    schema: { $schema: DRAFT, type: "object", properties, required },
    key: ["file", "sheet", "row"],
  };
}
