import { ExportError, type JsonObject } from "exportkit";
import type { ObjectAbout, UploadTarget } from "exportkit/object-store";

/** An object as the store has it. */
export interface HeldObject {
  readonly bytes: Buffer;
  readonly about?: ObjectAbout;
}

interface Begun {
  readonly about: ObjectAbout;
  readonly parts: Map<number, Buffer>;
}

export interface MemoryStore {
  readonly objects: Map<string, HeldObject>;
  readonly uploads: Map<string, Begun>;
  /** The names of the calls, in order. */
  readonly calls: string[];
  /** Told of every call: what it throws before, or after the call took effect, is what the caller gets. */
  intercept: (call: string, when: "before" | "after") => void | Promise<void>;
  readonly target: UploadTarget;
}

export interface MemoryStoreOptions {
  readonly minPartBytes?: number;
  readonly maxParts?: number;
}

/** A store as strict as S3 and R2 together, in memory: parts of one size, none of an upload that is gone. */
export function memoryStore({
  minPartBytes = 1_000,
  maxParts = 10_000,
}: MemoryStoreOptions = {}): MemoryStore {
  const objects = new Map<string, HeldObject>();
  const uploads = new Map<string, Begun>();
  const calls: string[] = [];
  const refused = (message: string) => new ExportError("REQUEST_INVALID", message);
  let begun = 0;
  const key = "users.ndjson";
  const rest = (slot: number) => `${key}.rest-${slot}`;
  const does = async <T>(call: string, work: () => T): Promise<T> => {
    calls.push(call);
    await store.intercept(call, "before");
    const result = work();
    await store.intercept(call, "after");
    return result;
  };
  const store: MemoryStore = {
    objects,
    uploads,
    calls,
    intercept: () => {},
    target: {
      name: `memory:${key}`,
      minPartBytes,
      maxParts,
      put: (body, about) =>
        does("put", () => {
          objects.set(key, { bytes: Buffer.from(body), about });
        }),
      begin: (about) =>
        does("begin", () => {
          begun += 1;
          uploads.set(`upload-${begun}`, { about, parts: new Map() });
          return `upload-${begun}`;
        }),
      part: (id, number, body) =>
        does<JsonObject | undefined>("part", () => {
          const upload = uploads.get(id);
          upload?.parts.set(number, Buffer.from(body));
          return upload && { number, size: body.byteLength };
        }),
      finish: (id, parts) =>
        does("finish", () => {
          const upload = uploads.get(id);
          if (!upload) return false;
          const bodies = parts.map(({ number, size }, index) => {
            const body = upload.parts.get(Number(number));
            if (number !== index + 1 || body?.byteLength !== size) throw refused("InvalidPart");
            return body as Buffer;
          });
          const [first, last] = [bodies[0], bodies.at(-1)];
          if (!first || !last) throw refused("MalformedXML");
          if (bodies.slice(0, -1).some((body) => body.byteLength !== first.byteLength))
            throw refused("all parts but the last must have one size");
          if (bodies.slice(0, -1).some((body) => body.byteLength < minPartBytes))
            throw refused("EntityTooSmall");
          if (last.byteLength > first.byteLength) throw refused("the last part is larger");
          objects.set(key, { bytes: Buffer.concat(bodies), about: upload.about });
          uploads.delete(id);
          return true;
        }),
      abort: (id) =>
        does("abort", () => {
          uploads.delete(id);
        }),
      head: () =>
        does("head", () => {
          const found = objects.get(key);
          return found && { size: found.bytes.byteLength, upload: found.about?.upload };
        }),
      putRest: (slot, body) =>
        does("putRest", () => {
          objects.set(rest(slot), { bytes: Buffer.from(body) });
        }),
      getRest: (slot) => does("getRest", () => objects.get(rest(slot))?.bytes),
      deleteRest: (slot) =>
        does("deleteRest", () => {
          objects.delete(rest(slot));
        }),
    },
  };
  return store;
}
