import { ExportError } from "../../../src/model/errors.js";
import type { Artifact } from "../../../src/spec/artifact.js";

export interface MemoryArtifactOptions {
  /** Whether ranges are answered. Default `true`. */
  readonly ranges?: boolean;
  /** Whether the store names a strong validator. Default `true`. */
  readonly validated?: boolean;
  /** Whether the size is known. Default `true`. */
  readonly sized?: boolean;
  /** The length of the chunks of a stream. Default 64 KiB. */
  readonly chunk?: number;
  readonly fileName?: string;
}

export interface MemoryArtifact extends Artifact {
  /** The ranges asked for, as `"0-4"`, and `"stream 0"` for streams. */
  readonly requests: string[];
  /** How many streams have not been ended. */
  open: number;
}

/** Bytes in memory as an artifact that notes what it is asked for. */
export function memoryArtifact(bytes: Uint8Array, options: MemoryArtifactOptions = {}): MemoryArtifact {
  const { ranges = true, validated = true, sized = true, chunk = 65_536, fileName } = options;
  const requests: string[] = [];
  const artifact: MemoryArtifact = {
    size: sized ? bytes.length : undefined,
    fileName,
    validated,
    requests,
    open: 0,
    async *stream(offset = 0) {
      requests.push(`stream ${offset}`);
      artifact.open++;
      try {
        for (let at = offset; at < bytes.length; at += chunk) yield bytes.slice(at, at + chunk);
      } finally {
        artifact.open--;
      }
    },
    async read(start, end) {
      requests.push(`${start}-${end}`);
      if (!ranges) throw new ExportError("NOT_SUPPORTED", "The store answers no ranges.");
      return bytes.slice(start, end);
    },
  };
  return artifact;
}
