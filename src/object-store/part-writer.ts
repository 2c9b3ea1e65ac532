import { ExportError } from "../model/errors.js";
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

/** Cuts what it is given into parts of one size, and uploads them: one after the other, and never two at a time. */
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
  #isTorn = false;

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

  /** The bytes that are in parts, or wait for it. */
  get bytes(): number {
    return this.#parts.length * this.#state.partBytes + this.#buffer.length;
  }

  /** Whether bytes were lost on the way: then nothing after the last state is of use. */
  get isTorn(): boolean {
    return this.#isTorn;
  }

  /** Takes back what was no whole part. */
  reopen(rest: Uint8Array): void {
    this.#buffer.push(rest);
  }

  /** Takes a chunk, and uploads the parts that are whole by it; `true` if there was one. */
  async write(chunk: Uint8Array): Promise<boolean> {
    return this.#whole(async () => {
      this.#buffer.push(await this.#packer.push(chunk));
      return this.#uploadParts();
    });
  }

  /** What is no whole part yet, everything that was written included. */
  async rest(): Promise<Uint8Array> {
    return this.#whole(async () => {
      this.#buffer.push(await this.#packer.flush());
      return this.#buffer.peek();
    });
  }

  /**
   * Uploads the last part, which may be smaller; an object that is smaller than a part is made at once. Resolves with the
   * object's size.
   */
  async end(): Promise<number> {
    this.#buffer.push(await this.#packer.flush());
    await this.#uploadParts();
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
    const before = this.#parts.length;
    while (this.#buffer.length >= partBytes) {
      const uploadId = this.uploadId ?? (await this.#begin());
      await this.#upload(uploadId, this.#buffer.take(partBytes));
    }
    return this.#parts.length > before;
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
      throw new ExportError("LIMIT_EXCEEDED", message, { details: { target: name, limit: maxParts } });
    }
    const part = await this.#store((call) => this.#target.part(uploadId, number, body, call));
    if (!part) throw new UploadGone("upload-gone", `the upload to ${name} was aborted, or has expired`);
    this.#parts.push(part);
  }

  async #whole<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#isTorn;
    this.#isTorn = true;
    const result = await work();
    this.#isTorn = before;
    return result;
  }

  #about() {
    return { contentType: this.contentType, upload: this.#state.upload };
  }
}
