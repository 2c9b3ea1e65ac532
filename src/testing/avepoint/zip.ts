import { type ComputedBytes, concatBytes, fixedBytes, lazyBytes } from "./computed-bytes.js";
import { deflateBlocks } from "./deflate-blocks.js";

/** A member of a computed archive. */
export interface ZipMember {
  readonly name: string;
  readonly content: ComputedBytes;
  readonly method: "stored" | "deflate";
}

export interface ZipOptions {
  /** Sizes and CRC-32 stand behind each member instead of before it, as writers of streams do it. */
  readonly dataDescriptors: boolean;
  /** ZIP64 records also where the numbers are small. */
  readonly zip64: boolean;
}

interface PlacedMember {
  readonly member: ZipMember;
  readonly rawName: Uint8Array;
  readonly stored: ComputedBytes;
  readonly offset: number;
  /** Its numbers need, or are to have, 64 bits. */
  readonly wide: boolean;
}

const most32 = 0xffffffff;
// 1 January 2026, 00:00, in the format of MS-DOS.
const dosDate = ((2026 - 1980) << 9) | (1 << 5) | 1;
const utf8Flag = 0x800;
const descriptorFlag = 8;

/** A ZIP archive (APPNOTE 6.3) that is computed from its offsets, in constant memory however large it is. */
export function zipArchive(members: readonly ZipMember[], options: ZipOptions): ComputedBytes {
  const parts: ComputedBytes[] = [];
  const placed: PlacedMember[] = [];
  let offset = 0;
  const add = (part: ComputedBytes) => {
    parts.push(part);
    offset += part.size;
  };
  for (const member of members) {
    const rawName = new TextEncoder().encode(member.name);
    const stored = member.method === "deflate" ? deflateBlocks(member.content) : member.content;
    const wide = options.zip64 || Math.max(stored.size, member.content.size, offset) >= most32;
    const entry = { member, rawName, stored, offset, wide };
    placed.push(entry);
    add(lazyBytes(30 + rawName.byteLength + (wide ? 20 : 0), () => localHeader(entry, options)));
    add(stored);
    if (options.dataDescriptors) add(lazyBytes(wide ? 24 : 16, () => dataDescriptor(entry)));
  }
  const directoryAt = offset;
  for (const entry of placed) {
    const size = 46 + entry.rawName.byteLength + (entry.wide ? 28 : 0);
    add(lazyBytes(size, () => directoryEntry(entry, options)));
  }
  add(fixedBytes(endRecords(placed.length, directoryAt, offset - directoryAt, options.zip64)));
  return concatBytes(parts);
}

function localHeader({ member, rawName, stored, wide }: PlacedMember, options: ZipOptions): Uint8Array {
  const later = options.dataDescriptors;
  const sizes = later ? [0, 0] : [stored.size, member.content.size];
  return join(
    numbers([4, 0x04034b50], ...common(member, wide, options), [4, later ? 0 : member.content.crc32()]),
    numbers(...sizes.map((size): Field => [4, wide ? most32 : size])),
    numbers([2, rawName.byteLength], [2, wide ? 20 : 0]),
    rawName,
    wide ? numbers([2, 1], [2, 16], [8, sizes[1] ?? 0], [8, sizes[0] ?? 0]) : new Uint8Array(0),
  );
}

function dataDescriptor({ member, stored, wide }: PlacedMember): Uint8Array {
  const width = wide ? 8 : 4;
  const crc = member.content.crc32();
  return numbers([4, 0x08074b50], [4, crc], [width, stored.size], [width, member.content.size]);
}

function directoryEntry(entry: PlacedMember, options: ZipOptions): Uint8Array {
  const { member, rawName, stored, offset, wide } = entry;
  const { size } = member.content;
  return join(
    numbers([4, 0x02014b50], [2, 45], ...common(member, wide, options), [4, member.content.crc32()]),
    numbers([4, wide ? most32 : stored.size], [4, wide ? most32 : size]),
    numbers([2, rawName.byteLength], [2, wide ? 28 : 0], [2, 0], [2, 0], [2, 0], [4, 0]),
    numbers([4, wide ? most32 : offset]),
    rawName,
    wide ? numbers([2, 1], [2, 24], [8, size], [8, stored.size], [8, offset]) : new Uint8Array(0),
  );
}

/** Version needed, flags, method, time and date: the same in both headers. */
function common({ method }: ZipMember, wide: boolean, { dataDescriptors }: ZipOptions): readonly Field[] {
  const flags = utf8Flag | (dataDescriptors ? descriptorFlag : 0);
  return [
    [2, wide ? 45 : 20],
    [2, flags],
    [2, method === "deflate" ? 8 : 0],
    [2, 0],
    [2, dosDate],
  ];
}

function endRecords(count: number, at: number, size: number, zip64: boolean): Uint8Array {
  const wide = zip64 || count >= 0xffff || at >= most32 || size >= most32;
  const counts = (width: 2 | 8, value: number): Field[] => [
    [width, value],
    [width, value],
  ];
  const end = numbers(
    [4, 0x06054b50],
    [4, 0],
    ...counts(2, wide ? 0xffff : count),
    [4, wide ? most32 : size],
    [4, wide ? most32 : at],
    [2, 0],
  );
  if (!wide) return end;
  const end64 = numbers(
    [4, 0x06064b50],
    [8, 44],
    [2, 45],
    [2, 45],
    [4, 0],
    [4, 0],
    ...counts(8, count),
    [8, size],
    [8, at],
  );
  return join(end64, numbers([4, 0x07064b50], [4, 0], [8, at + size], [4, 1]), end);
}

type Field = readonly [bytes: 2 | 4 | 8, value: number];

/** Little-endian numbers, one after the other. */
function numbers(...fields: readonly Field[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [width]) => sum + width, 0));
  let at = 0;
  for (const [width, value] of fields) {
    let left = value;
    for (let byte = 0; byte < width; byte++) {
      bytes[at++] = left % 256;
      left = Math.floor(left / 256);
    }
  }
  return bytes;
}

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
