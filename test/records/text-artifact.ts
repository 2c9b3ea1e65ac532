import type { Artifact } from "../../src/spec/artifact.js";
import { InvalidRecord, type RecordDecoder, type ResumeState } from "../../src/spec/records.js";

/** A file in memory that is delivered in chunks of the given sizes, over and over. */
export interface TextArtifact extends Artifact {
  /** The offsets asked for. */
  readonly opened: number[];
  /** How many streams were given up before their end. */
  readonly returned: () => number;
}

export function textArtifact(
  content: string | Uint8Array,
  sizes: readonly number[] = [Infinity],
): TextArtifact {
  // A Buffer's slice is no copy, and each chunk is overwritten below.
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : new Uint8Array(content);
  const opened: number[] = [];
  let returned = 0;
  return {
    size: bytes.length,
    opened,
    returned: () => returned,
    async *stream(offset = 0) {
      opened.push(offset);
      let finished = false;
      try {
        let turn = 0;
        for (let at = offset; at < bytes.length; turn++) {
          const size = sizes[turn % sizes.length] ?? 1;
          // A buffer that is overwritten after its turn, as a transport that pools its buffers would do.
          const chunk = bytes.slice(at, at + size);
          yield chunk;
          chunk.fill(0xff);
          at += size;
        }
        finished = true;
      } finally {
        if (!finished) returned++;
      }
    },
    async read(start, end) {
      return bytes.slice(start, end);
    },
  };
}

/** What came out for one record. */
export type Outcome<R> = { readonly record: R } | { readonly invalid: InvalidRecord["issue"] };

export interface Decoded<R> {
  readonly outcomes: readonly Outcome<R>[];
  /** The state after every entry, as it comes back from storage. */
  readonly states: readonly ResumeState[];
  readonly failure?: unknown;
}

/** Decodes all of it, and keeps what was thrown at the end. */
export async function decodeAll<R>(
  decoder: RecordDecoder<R>,
  artifact: Artifact,
  options: { readonly maxBufferedBytes?: number; readonly state?: ResumeState | undefined } = {},
): Promise<Decoded<R>> {
  const outcomes: Outcome<R>[] = [];
  const states: ResumeState[] = [];
  try {
    for await (const batch of decoder.decode(artifact, { maxBufferedBytes: 1 << 20, ...options })) {
      if (batch.entries.length === 0) throw new Error("an empty batch");
      batch.entries.forEach((entry, index) => {
        outcomes.push(entry instanceof InvalidRecord ? { invalid: entry.issue } : { record: entry });
        states.push(JSON.parse(JSON.stringify(batch.stateAfter(index))));
      });
    }
  } catch (failure) {
    return { outcomes, states, failure };
  }
  return { outcomes, states };
}

/** The sound records; throws what the decoder threw, or the first issue. */
export async function recordsOf<R>(decoder: RecordDecoder<R>, artifact: Artifact): Promise<R[]> {
  const { outcomes, failure } = await decodeAll(decoder, artifact);
  if (failure !== undefined) throw failure;
  return outcomes.map((outcome) => {
    if ("invalid" in outcome) throw new Error(JSON.stringify(outcome.invalid));
    return outcome.record;
  });
}

/** Divisions into chunks that put a border everywhere sooner or later; 0 is an empty chunk. */
export const chunkings: readonly (readonly number[])[] = [[1], [2], [3], [7], [64], [5, 0, 1], [Infinity]];
