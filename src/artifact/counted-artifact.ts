import type { Artifact } from "../spec/artifact.js";
import type { ResumableArtifact } from "./resumable-artifact.js";

/** How many bytes of a job's files have been read. */
export interface ByteCount {
  bytes: number;
}

/** An artifact as decoders see it, its bytes counted. */
export function countedArtifact(artifact: ResumableArtifact, count: ByteCount): Artifact {
  return {
    // Known only after a range where the first answer tells none.
    get size() {
      return artifact.size;
    },
    get contentType() {
      return artifact.contentType;
    },
    get fileName() {
      return artifact.fileName;
    },
    get validated() {
      return artifact.validated;
    },
    get encoded() {
      return artifact.identity.encoded;
    },
    async *stream(offset, restart) {
      const before = count.bytes;
      const restarted = () => {
        count.bytes = before;
        restart?.();
      };
      for await (const chunk of artifact.stream(offset, restart && restarted)) {
        count.bytes += chunk.byteLength;
        yield chunk;
      }
    },
    async read(start, end) {
      const bytes = await artifact.read(start, end);
      count.bytes += bytes.byteLength;
      return bytes;
    },
  };
}
