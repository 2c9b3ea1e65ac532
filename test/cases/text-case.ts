import { readdirSync, readFileSync } from "node:fs";
import type { AuthgearCsvRequest } from "exportkit/authgear";
import type { AvepointOptions } from "exportkit/avepoint";

/** A string, or pieces of which some are repeated. */
export type TextParts = string | readonly (string | { readonly repeat: string; readonly times: number })[];

/** The bytes of a file or a page. */
export interface CaseFile {
  readonly text?: TextParts;
  readonly base64?: string;
  /** A workbook, to be packed into an archive under its own name. */
  readonly workbook?: string;
  readonly type?: string;
}

/** What may come out: everything that is named has to be true. */
export interface Outcome {
  readonly records?: readonly unknown[];
  readonly lines?: readonly TextParts[];
  readonly csv?: readonly (readonly string[])[];
  readonly csvRows?: number;
  readonly columns?: { readonly [header: string]: readonly string[] };
  readonly header?: readonly string[];
  readonly rowHas?: readonly (readonly string[])[];
  readonly cells?: readonly (readonly unknown[])[];
  readonly text?: string;
  readonly orText?: readonly string[];
  readonly issues?: number | "some";
  readonly error?: string;
  readonly says?: string;
  readonly reported?: readonly string[];
  readonly unreported?: readonly string[];
}

export type CaseOptions = { readonly [name: string]: unknown };

export interface Check {
  readonly read: "records" | "bytes" | "ndjson" | "csv";
  readonly options?: CaseOptions;
  /** Spellings of which one has to do. */
  readonly tryOptions?: readonly CaseOptions[];
  /** One of these has to come true. */
  readonly any: readonly Outcome[];
}

export interface TextCase {
  readonly name: string;
  readonly through: "zephr" | "zephr-v4" | "authgear-ndjson" | "authgear-csv" | "avepoint" | "csv" | "ndjson";
  readonly request?: Pick<AuthgearCsvRequest, "fields">;
  readonly workbooks?: AvepointOptions["workbooks"];
  readonly decoder?: { readonly prepare?: "position" | "first2" };
  readonly pages?: readonly CaseFile[];
  readonly file?: CaseFile;
  readonly checks: readonly Check[];
}

const folder = new URL("../fixtures/cases/", import.meta.url);

/** The cases of a folder with the kind they are examples of. */
export function textCases(): readonly (TextCase & { readonly kind: string })[] {
  const files = readdirSync(new URL("text/", folder)).filter((name) => name.endsWith(".json"));
  return files.flatMap((name) => {
    const { kind, cases } = JSON.parse(readFileSync(new URL(`text/${name}`, folder), "utf8")) as {
      readonly kind: string;
      readonly cases: readonly TextCase[];
    };
    return cases.map((found) => ({ ...found, kind }));
  });
}

export function textOf(parts: TextParts): string {
  if (typeof parts === "string") return parts;
  return parts.map((part) => (typeof part === "string" ? part : part.repeat.repeat(part.times))).join("");
}

/** A workbook by its path as the text cases have it. */
export function workbookBytes(path: string): Uint8Array {
  return readFileSync(new URL(path, new URL("text/", folder)));
}
