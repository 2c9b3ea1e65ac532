/** Where the bytes of an export lie, as a provider's `locate` tells it. */
export interface ArtifactLocation {
  /** `https:`, or `http:` on loopback only; without user info. Treated as a secret. */
  readonly url: string;
  /**
   * Whether the provider's own credentials go along. `"provider"` is honoured on the provider's own origins only;
   * a signed URL takes `"none"`.
   */
  readonly credentials: "none" | "provider";
  /**
   * Headers that the store wants beside, such as a key that the file is encrypted with. They go to this URL and nowhere
   * else, along redirects within its origin only; their values are kept out of whatever is shown.
   */
  readonly headers?: { readonly [name: string]: string } | undefined;
  /** Until when the URL can be used for a new request. Without it a new one is located for every request. */
  readonly expiresAt?: Date | undefined;
  /** The media type. */
  readonly contentType?: string | undefined;
  /** What the file is called. */
  readonly fileName?: string | undefined;
  /**
   * Whether the vendor ends every line of the file, the last one too. One that comes compressed and without a length is
   * taken for cut short where it ends otherwise. NDJSON is judged so in any case.
   */
  readonly endsLines?: boolean | undefined;
  /** The media types under which an answer of status 200 is a refusal and not the file, such as `application/json`. */
  readonly refusalType?: string | readonly string[] | undefined;
}

/** A provider's file as decoders see it: verified bytes from any offset, connections and their failures hidden. */
export interface Artifact {
  /** Length in bytes, where the store told it. */
  readonly size?: number | undefined;
  /** The media type. */
  readonly contentType?: string | undefined;
  /** What the file is called. */
  readonly fileName?: string | undefined;
  /**
   * Whether every answer so far named the same strong validator, by which the engine knows them to be of one file. Where
   * one did not, a decoder that reads ranges has to prove that by what it reads: look again behind every read.
   */
  readonly validated?: boolean | undefined;
  /**
   * Whether the runtime unpacked the answer (`Content-Encoding: gzip`): some stores serve a compressed file so, and what
   * comes is its content already.
   */
  readonly encoded?: boolean | undefined;
  /**
   * The bytes from `offset` to the end, in chunks of any size. Ends only where the file ends.
   *
   * @param restart - called where the connection broke and nothing proves the rest to be of the same file: drop what
   *   came so far, the bytes begin again at `offset`. For readers that have handed nothing over; at offset 0 only.
   *   Without it such a break rejects with `ARTIFACT_CHANGED`
   */
  stream(offset?: number, restart?: () => void): AsyncIterable<Uint8Array>;
  /**
   * The bytes from `start` up to and without `end`, by a range request; rejects with `NOT_SUPPORTED` where the store
   * answers no ranges.
   */
  read(start: number, end: number): Promise<Uint8Array>;
}
