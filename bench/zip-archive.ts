// A ZIP archive with one large member, written as it is made.
import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { crc32, createDeflateRaw } from "node:zlib";

/** Writes the chunks as one deflated member. */
export async function writeArchive(path: string, name: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const raw = Buffer.from(name);
  let [crc, size, packed] = [0, 0, 0];
  function* counted() {
    for (const chunk of chunks) {
      crc = crc32(chunk, crc);
      size += chunk.length;
      yield chunk;
    }
  }
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(8, 6);
  local.writeUInt16LE(8, 8);
  local.writeUInt16LE(raw.length, 26);
  const file = createWriteStream(path);
  file.write(Buffer.concat([local, raw]));
  await pipeline(
    Readable.from(counted()),
    createDeflateRaw({ level: 1 }),
    async function* (compressed: AsyncIterable<Buffer>) {
      for await (const chunk of compressed) {
        packed += chunk.length;
        yield chunk;
      }
      const entry = Buffer.alloc(46);
      entry.writeUInt32LE(0x02014b50, 0);
      entry.writeUInt16LE(8, 8);
      entry.writeUInt16LE(8, 10);
      entry.writeUInt32LE(crc, 16);
      entry.writeUInt32LE(packed, 20);
      entry.writeUInt32LE(size, 24);
      entry.writeUInt16LE(raw.length, 28);
      const end = Buffer.alloc(22);
      end.writeUInt32LE(0x06054b50, 0);
      end.writeUInt16LE(1, 8);
      end.writeUInt16LE(1, 10);
      end.writeUInt32LE(entry.length + raw.length, 12);
      end.writeUInt32LE(local.length + raw.length + packed, 16);
      yield Buffer.concat([entry, raw, end]);
    },
    file,
  );
}
