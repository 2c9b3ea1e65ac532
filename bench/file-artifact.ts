// A file on the disk as decoders read it.
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

export interface FileArtifact {
  readonly size: number;
  stream(start?: number): AsyncIterable<Uint8Array>;
  read(start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

export async function fileArtifact(path: string): Promise<FileArtifact> {
  const file: FileHandle = await open(path);
  return {
    size: (await file.stat()).size,
    stream: (start = 0) => createReadStream(path, { start }),
    async read(start, end) {
      const bytes = new Uint8Array(end - start);
      await file.read(bytes, 0, bytes.length, start);
      return bytes;
    },
    close: () => file.close(),
  };
}
