import { documentedError } from "../model/documented-error.js";
import type { JsonObject } from "../model/json.js";
import { gzipPacker, type Packer, plainPacker } from "./packer.js";
import { PartBuffer } from "./part-buffer.js";
import type { StoreCalls } from "./store-calls.js";
import type { UploadState } from "./upload-state.js";
import type { UploadTarget } from "./upload-target.js";

/** What is to be resumed is no longer in the store: the object is finished, or it never will be. */
export class UploadGone extends Error {
  readonly reason: "upload-gone" | "rest-gone";

  constructor(reason: UploadGone["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

/**
 * Cuts what it is given into parts of one size, and uploads them one after the other. While one is under way the next one is
 * collected, so that neither the source nor the store waits for the other.
 */
export class PartWriter {
  uploadId: string | undefined;
  contentType = "";
  readonly #target: UploadTarget;
  readonly #store: StoreCalls;
  readonly #state: UploadState;
  readonly #onBegin: (uploadId: string) => Promise<void>;
  readonly #packer: Packer;
  readonly #buffer = new PartBuffer();
  readonly #parts: JsonObject[];
  /** A part on its way, and what is to be done once it has arrived. */
  #flight: Promise<void> | undefined;
  #flying = 0;
  #isTorn = false;
  #isPartLost = false;

  /**
   * @param onBegin - is told of an upload before anything is uploaded to it
   */
  constructor(
    target: UploadTarget,
    store: StoreCalls,
    state: UploadState,
    onBegin: (uploadId: string) => Promise<void>,
  ) {
    this.#target = target;
    this.#store = store;
    this.#state = state;
    this.#onBegin = onBegin;
    this.#packer = state.layout.gzip ? gzipPacker(state.partBytes) : plainPacker;
    this.#parts = [...state.parts];
    this.uploadId = state.uploadId;
  }

  get parts(): readonly JsonObject[] {
    return [...this.#parts];
  }

  /** The bytes that are in parts, are on their way, or wait for it. */
  get bytes(): number {
    return this.#parts.length * this.#state.partBytes + this.#flying + this.#buffer.length;
  }

  /** Whether bytes were lost on the way: then nothing after the last state is of use. */
  get isTorn(): boolean {
    return this.#isTorn || this.#isPartLost;
  }

  /** Takes back what was not a whole part. */
  reopen(rest: Uint8Array): void {
    this.#buffer.push(rest);
  }

  /** Takes a chunk, and sends the parts off that are whole by it; `true` if there was one. */
  async write(chunk: Uint8Array): Promise<boolean> {
    await this.#fill(() => this.#packer.push(chunk));
    return this.#uploadParts();
  }

  /** Does more once the part that is under way has arrived; what fails then, `landed` tells. */
  thereafter(work: () => Promise<void>): void {
    this.#fly((this.#flight ?? Promise.resolve()).then(work));
  }

  /** Waits for the part that is under way, and rejects with what it failed by. */
  async landed(): Promise<void> {
    const flight = this.#flight;
    this.#flight = undefined;
    await flight;
  }

  /** What is not a whole part yet, everything that was written included. */
  async rest(): Promise<Uint8Array> {
    await this.#fill(() => this.#packer.flush());
    return this.#buffer.peek();
  }

  /**
   * Uploads the last part, which may be smaller; an object that is smaller than a part is made at once. Resolves with the
   * object's size.
   */
  async end(): Promise<number> {
    await this.#fill(() => this.#packer.flush());
    await this.#uploadParts();
    await this.landed();
    const size = this.bytes;
    const last = this.#buffer.take();
    if (this.uploadId !== undefined) {
      if (last.byteLength > 0) await this.#upload(this.uploadId, last);
      return size;
    }
    const body = last.byteLength > 0 ? last : await this.#packer.empty();
    await this.#store((call) => this.#target.put(body, this.#about(), call));
    return body.byteLength;
  }

  async #uploadParts(): Promise<boolean> {
    const { partBytes } = this.#state;
    let isAny = false;
    while (this.#buffer.length >= partBytes) {
      isAny = true;
      await this.landed();
      const uploadId = this.uploadId ?? (await this.#begin());
      this.#fly(this.#upload(uploadId, this.#buffer.take(partBytes)));
    }
    return isAny;
  }

  #fly(flight: Promise<void>): void {
    this.#flight = flight;
    // Whoever waits for it gets the error; that nobody waits yet must not end the process.
    flight.catch(() => {});
  }

  async #begin(): Promise<string> {
    const uploadId = await this.#store((call) => this.#target.begin(this.#about(), call));
    await this.#onBegin(uploadId);
    this.uploadId = uploadId;
    return uploadId;
  }

  async #upload(uploadId: string, body: Uint8Array): Promise<void> {
    const number = this.#parts.length + 1;
    const { maxParts, name } = this.#target;
    if (number > maxParts) {
      const message = `${name} would have more than ${maxParts} parts. Start over with a larger partBytes`;
      throw documentedError("LIMIT_EXCEEDED", message, { details: { target: name, limit: maxParts } });
    }
    this.#isPartLost = true;
    this.#flying = body.byteLength;
    const part = await this.#store((call) => this.#target.part(uploadId, number, body, call));
    if (!part) throw new UploadGone("upload-gone", `the upload to ${name} was aborted, or has expired`);
    this.#parts.push(part);
    this.#flying = 0;
    this.#isPartLost = false;
  }

  /** Takes up what the packer makes; where that fails, what it held back is lost. */
  async #fill(packed: () => Promise<Uint8Array>): Promise<void> {
    const before = this.#isTorn;
    this.#isTorn = true;
    this.#buffer.push(await packed());
    this.#isTorn = before;
  }

  #about() {
    return { contentType: this.contentType, upload: this.#state.upload };
  }
}
