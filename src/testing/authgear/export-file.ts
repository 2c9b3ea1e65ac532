import { checkWhole, emulatorOptions, isObject, wrongOption } from "../check-options.js";
import { type AuthgearCsvField, defaultFields, headerOf } from "./columns.js";
import { csvCells, csvLine } from "./csv.js";
import { goJson } from "./go-json.js";
import { type AuthgearUserOptions, cycleDigits, cycleSecond, userOfCycle, usersPerCycle } from "./users.js";

const CALL = "authgearExportBytes";

const DEFAULTS = { format: "", users: -1, revision: 0, olderServer: false };

/** Which file of an emulated export. */
export interface AuthgearExportFileOptions extends AuthgearUserOptions {
  /** The file's format. */
  readonly format: "csv" | "ndjson";
  /** How many users it holds. */
  readonly users: number;
  /** The CSV's columns; the vendor's default ones where they are left out. */
  readonly fields?: readonly AuthgearCsvField[] | undefined;
}

/** A file of any size that is never held in memory: every byte is computed from its offset. */
export interface AuthgearExportFile {
  /** In bytes. */
  readonly size: number;
  /** The bytes from `start` up to and without `end`. */
  read(start: number, end: number): Uint8Array<ArrayBuffer>;
}

// Stand where the cycle's digits and second come; no other text has such a run.
const digitsMark = "^".repeat(cycleDigits);
const secondMark = "`".repeat("2024-01-01T00:00:00".length);

/**
 * Users repeat in a cycle, with other digits of the same length; so a cycle's bytes are made once, and each repetition
 * is a copy with its digits put in.
 */
export function createExportFile(options: AuthgearExportFileOptions): AuthgearExportFile {
  const { format, users } = options;
  const encoder = new TextEncoder();
  const fields = options.fields ?? defaultFields(options.olderServer ?? false);
  const header = encoder.encode(format === "csv" ? csvLine(fields.map(headerOf)) : "");
  const lines: Uint8Array[] = [];
  for (let place = 0; place < usersPerCycle; place++) {
    const user = userOfCycle(digitsMark, secondMark, place, options);
    lines.push(encoder.encode(format === "csv" ? csvLine(csvCells(user, fields)) : `${goJson(user)}\n`));
  }
  const starts = [0];
  for (const line of lines) starts.push((starts.at(-1) ?? 0) + line.byteLength);
  const cycle = new Uint8Array(starts.at(-1) ?? 0);
  lines.forEach((line, place) => {
    cycle.set(line, starts[place]);
  });
  const digitSlots = slotsOf(cycle, digitsMark);
  const secondSlots = slotsOf(cycle, secondMark);
  const cycles = Math.floor(users / usersPerCycle);
  const size = header.byteLength + cycles * cycle.byteLength + (starts[users % usersPerCycle] ?? 0);

  let filledWith = -1;
  function fill(number: number): void {
    if (number === filledWith) return;
    const digits = encoder.encode(String(number).padStart(cycleDigits, "0"));
    const second = encoder.encode(cycleSecond(number));
    for (const slot of digitSlots) cycle.set(digits, slot);
    for (const slot of secondSlots) cycle.set(second, slot);
    filledWith = number;
  }

  function read(start: number, end: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
    let done = 0;
    if (start < header.byteLength) {
      const part = header.subarray(start, start + bytes.byteLength);
      bytes.set(part);
      done = part.byteLength;
    }
    while (done < bytes.byteLength) {
      const offset = start + done - header.byteLength;
      const within = offset % cycle.byteLength;
      fill(Math.floor(offset / cycle.byteLength));
      const part = cycle.subarray(within, within + bytes.byteLength - done);
      bytes.set(part, done);
      done += part.byteLength;
    }
    return bytes;
  }

  return { size, read };
}

/**
 * The bytes that an emulated export must arrive as, for comparison.
 *
 * @example
 * ```ts
 * for await (const chunk of authgearExportBytes({ format: "csv", users: 1000 })) hash.update(chunk);
 * ```
 */
export function authgearExportBytes(
  options: AuthgearExportFileOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { users, fields, format } = emulatorOptions(
    CALL,
    options,
    DEFAULTS,
    { fields: "object" },
    "passed over",
  );
  checkWhole(CALL, "users", users);
  if (format !== "csv" && format !== "ndjson") throw wrongOption(CALL, "format", 'must be "csv" or "ndjson"');
  if (fields !== undefined && !(Array.isArray(fields) && fields.every(isObject)))
    throw wrongOption(CALL, "fields", "must be a list of { pointer, fieldName? }");
  const file = createExportFile(options);
  return fileChunks(file, 0, file.size, 65_536);
}

/** The bytes of a part of a file, in chunks. */
export async function* fileChunks(
  file: AuthgearExportFile,
  start: number,
  end: number,
  chunkBytes: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let offset = start; offset < end; offset += chunkBytes)
    yield file.read(offset, Math.min(offset + chunkBytes, end));
}

function slotsOf(bytes: Uint8Array, mark: string): readonly number[] {
  const byte = mark.charCodeAt(0);
  const slots: number[] = [];
  for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + mark.length)) slots.push(at);
  return slots;
}
