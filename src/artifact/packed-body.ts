import { concatBytes } from "../model/bytes.js";
import { artifactError, type FileRead } from "./artifact-error.js";
import type { BodyReader } from "./file-body.js";

// The first two bytes of gzip, and its only method.
const MAGIC = [0x1f, 0x8b, 8];

/**
 * The content of a body that its headers call compressed by gzip, where the runtime has left it as it is: Deno does so
 * for whoever asks for `identity`, Node and workerd where a list such as `aws-chunked,gzip` stands in Content-Encoding,
 * Bun for some of these. What comes unpacked, or was never packed, is handed on as it comes.
 */
export function unpackedBody(file: FileRead, reader: BodyReader, by: string): BodyReader {
  let content: AsyncGenerator<Uint8Array, void, undefined> | undefined;
  let isWhole = false;

  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    let head: Uint8Array = new Uint8Array(0);
    let chunk = await reader.read();
    for (; chunk; chunk = head.length < MAGIC.length ? await reader.read() : undefined)
      head = concatBytes([head, chunk], head.length + chunk.length);
    if (MAGIC.every((byte, index) => head[index] === byte)) {
      yield* unpacked(head);
      isWhole = true;
      return;
    }
    for (chunk = head; chunk?.length; chunk = await reader.read()) yield chunk;
  }

  async function* unpacked(head: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    let broken: { readonly error: unknown } | undefined;
    const next = async (first: Uint8Array | undefined) => {
      try {
        return first ?? (await reader.read());
      } catch (error) {
        broken = { error };
        throw error;
      }
    };
    let first: Uint8Array | undefined = head;
    const packed = new ReadableStream<BufferSource>({
      async pull(controller) {
        const chunk = await next(first);
        first = undefined;
        if (chunk) controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
        else controller.close();
      },
    });
    const plain = packed.pipeThrough(new DecompressionStream("gzip")).getReader();
    for (;;) {
      const { value } = await plain.read().catch(() => {
        if (broken) throw broken.error;
        const message = `the file from ${by} came compressed with gzip, and cut short or damaged`;
        throw artifactError(file, "INTEGRITY", message, true);
      });
      if (!value) return;
      if (value.length > 0) yield value;
    }
  }

  return {
    get isWhole() {
      return isWhole || reader.isWhole === true;
    },
    async read() {
      content ??= read();
      const { value } = await content.next();
      return value ?? undefined;
    },
    close: () => reader.close(),
  };
}
