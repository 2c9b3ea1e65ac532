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
  /** More extra fields in the directory. */
  readonly extra?: Uint8Array;
  /** Bytes to use as they are for the compressed data. */
  readonly compressed?: Uint8Array;
}

export interface ArchiveOptions {
  readonly prefix?: Uint8Array;
  readonly comment?: Uint8Array;
  /** Write ZIP64 end records. */
  readonly zip64?: boolean;
  /** Bytes behind the end record. */
  readonly suffix?: Uint8Array;
  /** How far from the truth the end record is: about the directory's size and place, and the number of its entries. */
  readonly off?: { readonly size?: number; readonly start?: number; readonly count?: number };
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
    const zip64 = member.zip64
      ? fields("22888", [1, 24, size, compressed.length, offset])
      : new Uint8Array(0);
    const extra = concat([zip64, member.extra ?? new Uint8Array(0)]);
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
  const { off = {} } = options;
  const begin = at;
  for (const entry of directory) put(entry);
  const size = at - begin + (off.size ?? 0);
  const start = begin + (off.start ?? 0);
  const entries = members.length + (off.count ?? 0);
  if (options.zip64) {
    const end = at;
    put(fields("4822448888", [0x06064b50, 44, 45, 45, 0, 0, entries, entries, size, start]));
    put(fields("4484", [0x07064b50, 0, end, 1]));
  }
  const comment = options.comment ?? new Uint8Array(0);
  const count = options.zip64 ? 0xffff : entries;
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
  return concat([options.prefix ?? new Uint8Array(0), ...parts, options.suffix ?? new Uint8Array(0)]);
}

/** The Unicode Path field of a member: the name it says, for a member of the name that its CRC-32 says. */
export function unicodePath(name: string | Uint8Array, of: string | Uint8Array, version = 1): Uint8Array {
  const bytes = toBytes(name);
  const head = fields("224", [0x7075, 5 + bytes.length, 0]).subarray(0, 4);
  const crc = fields("4", [crc32(toBytes(of))]);
  return concat([head, new Uint8Array([version]), crc, bytes]);
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
