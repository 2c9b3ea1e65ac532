import { crc32, deflateRawSync } from "node:zlib";

/** A member to write; everything beside name and data has the value of a sound archive. */
export interface Member {
  readonly name: string | Uint8Array;
  readonly data?: Uint8Array | string;
  readonly method?: number;
  /** Sizes and CRC-32 come behind the data, and the local header has zeros. */
  readonly descriptor?: boolean;
  readonly zip64?: boolean;
  readonly flags?: number;
  /** What the directory says instead of the truth. */
  readonly crc32?: number;
  readonly size?: number;
  readonly offset?: number;
  /** What the local header says instead of the directory. */
  readonly localName?: string;
  /** Bytes to use as they are for the compressed data. */
  readonly compressed?: Uint8Array;
}

export interface ArchiveOptions {
  readonly prefix?: Uint8Array;
  readonly comment?: Uint8Array;
  /** Write ZIP64 end records. */
  readonly zip64?: boolean;
}

/** Writes a ZIP archive; small, and as wrong as the members say. */
export function zip(members: readonly Member[], options: ArchiveOptions = {}): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  const put = (bytes: Uint8Array): void => {
    parts.push(bytes);
    at += bytes.length;
  };
  for (const member of members) {
    const data = toBytes(member.data ?? "");
    const method = member.method ?? 8;
    const compressed = member.compressed ?? (method === 8 ? new Uint8Array(deflateRawSync(data)) : data);
    const name = toBytes(member.name);
    const localName = member.localName === undefined ? name : toBytes(member.localName);
    const crc = member.crc32 ?? crc32(data);
    const size = member.size ?? data.length;
    const offset = member.offset ?? at;
    const flags =
      (member.flags ?? (typeof member.name === "string" ? 0x800 : 0)) | (member.descriptor ? 8 : 0);
    const sizes = [crc, compressed.length, size].map((value) => (member.descriptor ? 0 : value));
    put(fields("4222444422", [0x04034b50, 20, flags, method, 0, ...sizes, localName.length, 0], [localName]));
    put(compressed);
    if (member.descriptor) put(fields("4444", [0x08074b50, crc, compressed.length, size]));
    const extra = member.zip64
      ? fields("22888", [1, 24, size, compressed.length, offset])
      : new Uint8Array(0);
    const wide = (value: number): number => (member.zip64 ? 0xffffffff : value);
    directory.push(
      fields(
        "4222244442222244",
        [
          0x02014b50,
          20,
          20,
          flags,
          method,
          0,
          crc,
          wide(compressed.length),
          wide(size),
          name.length,
          extra.length,
          0,
          0,
          0,
          0,
          wide(offset),
        ],
        [name, extra],
      ),
    );
  }
  const start = at;
  for (const entry of directory) put(entry);
  const size = at - start;
  if (options.zip64) {
    const end = at;
    put(fields("4822448888", [0x06064b50, 44, 45, 45, 0, 0, members.length, members.length, size, start]));
    put(fields("4484", [0x07064b50, 0, end, 1]));
  }
  const comment = options.comment ?? new Uint8Array(0);
  const count = options.zip64 ? 0xffff : members.length;
  put(
    fields(
      "42222442",
      [
        0x06054b50,
        0,
        0,
        count,
        count,
        options.zip64 ? 0xffffffff : size,
        options.zip64 ? 0xffffffff : start,
        comment.length,
      ],
      [comment],
    ),
  );
  return concat([options.prefix ?? new Uint8Array(0), ...parts]);
}

export function toBytes(value: string | Uint8Array): Uint8Array {
  return typeof value === "string" ? new TextEncoder().encode(value) : value;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Little-endian numbers of the given widths, and bytes behind them. */
function fields(widths: string, values: readonly number[], behind: readonly Uint8Array[] = []): Uint8Array {
  const lengths = [...widths].map(Number);
  const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [index, length] of lengths.entries()) {
    const value = values[index] ?? 0;
    if (length === 2) view.setUint16(at, value, true);
    else if (length === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += length;
  }
  return concat([bytes, ...behind]);
}
