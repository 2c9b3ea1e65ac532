import type { ExportError } from "../model/errors.js";
import { artifactError, type FileRead } from "./artifact-error.js";
import type { BodyReader } from "./body-reader.js";
import type { FileHeaders } from "./file-headers.js";
import type { BytesAnswer } from "./range-answer.js";

/** The bytes of one answer from some offset of the file on. It gives no byte that the answer did not announce. */
export class FileBody {
  /** The headers of the answer. */
  readonly headers: FileHeaders;
  /** Who answered, in words. */
  readonly by: string;
  readonly #reader: BodyReader;
  readonly #answer: BytesAnswer;
  readonly #file: FileRead;
  #position: number;
  #skip: number;

  constructor(
    file: FileRead,
    reader: BodyReader,
    offset: number,
    answer: BytesAnswer,
    headers: FileHeaders,
    by: string,
  ) {
    this.#reader = reader;
    this.headers = headers;
    this.by = by;
    this.#answer = answer;
    this.#file = file;
    this.#position = offset - answer.skip;
    this.#skip = answer.skip;
  }

  /** The offset of the next byte that `next` will give. */
  get position(): number {
    return this.#position + this.#skip;
  }

  /** Whether the answer reaches to the end of the file; a part may be followed by others. */
  get whole(): boolean {
    return this.#answer.whole;
  }

  /** Whether what came shows by itself that it is whole. */
  get showsItsEnd(): boolean {
    return this.#reader.isWhole === true;
  }

  /** Whether the memory of the chunks is the reader's alone. */
  get givesAway(): boolean {
    return this.#reader.givesAway === true;
  }

  /** The next chunk after what is skipped, never empty; `undefined` where the answer ends as it said it would. */
  async next(): Promise<Uint8Array | undefined> {
    const { endsAt } = this.#answer;
    for (;;) {
      const chunk = await this.#reader.read();
      if (!chunk) {
        if (this.#skip > 0 || (endsAt !== undefined && this.#position < endsAt)) throw this.brokeOff();
        return undefined;
      }
      this.#position += chunk.byteLength;
      if (endsAt !== undefined && this.#position > endsAt) {
        throw artifactError(
          this.#file,
          "INTEGRITY",
          `${this.by} sent more than the ${endsAt} bytes it announced`,
        );
      }
      if (this.#skip < chunk.byteLength) {
        const fresh = this.#skip > 0 ? chunk.subarray(this.#skip) : chunk;
        this.#skip = 0;
        return fresh;
      }
      this.#skip -= chunk.byteLength;
    }
  }

  /** The error for an answer that ended too early. */
  brokeOff(): ExportError {
    const announced = this.#answer.endsAt ?? "an unknown number";
    const message = `the file from ${this.by} broke off at byte ${this.#position} of ${announced}`;
    return artifactError(this.#file, "INTEGRITY", message, true);
  }

  close(): void {
    this.#reader.close();
  }
}
