/** A request for the file, as the store received it. */
export interface StoreRequest {
  readonly url: URL;
  readonly headers: { readonly [name: string]: string };
}

/** What the store answers to one request. */
export type Answer = (request: StoreRequest) => Response | Promise<Response>;

const LF = 0x0a;

/** A file of 1000 bytes, no two of them in a row the same; its last line has an end, by which compressed ones are judged. */
export const file = Uint8Array.from({ length: 1000 }, (_, index) =>
  index === 999 ? LF : (index * 31) % 251,
);
export const etag = '"one"';

/** 200 with the whole file. Headers given as `undefined` are left out. */
export function whole(headers: Headers = {}, body: Body = file): Answer {
  return () => response(200, { etag, "content-length": "1000", ...headers }, body);
}

/** 206 with the bytes from `start` up to and without `end`. */
export function part(start: number, end = 1000, headers: Headers = {}, body?: Body): Answer {
  const honest = {
    etag,
    "content-range": `bytes ${start}-${end - 1}/1000`,
    "content-length": `${end - start}`,
  };
  return () => response(206, { ...honest, ...headers }, body ?? file.subarray(start, end));
}

/** A well-behaved store of other bytes. */
export function serving(bytes: Uint8Array): Answer {
  return ({ headers: { range } }) => {
    if (!range) return response(200, { etag, "content-length": `${bytes.length}` }, bytes);
    const start = Number(/\d+/.exec(range));
    const named = { etag, "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
    return response(206, named, bytes.subarray(start));
  };
}

/** 200 with a thousand bytes of records. */
export function lines(): Answer {
  return whole({}, new TextEncoder().encode(`{"n":1}\n`.repeat(125)));
}

export function status(code: number, headers: Headers = {}, text = ""): Answer {
  return () => response(code, headers, new TextEncoder().encode(text));
}

/** The bytes of the file from `start` up to and without `end`; then the connection is lost, or nothing comes any more. */
export function breaking(start: number, end: number, ending: "lost" | "silence" = "lost"): Body {
  return { bytes: file.subarray(start, end), ending };
}

interface BreakingBody {
  readonly bytes: Uint8Array;
  readonly ending: "lost" | "silence";
}
type Body = Uint8Array | BreakingBody;
type Headers = { readonly [name: string]: string | undefined };

/** In chunks of 100 bytes, each made when it is asked for. */
function response(code: number, headers: Headers, body: Body): Response {
  const { bytes, ending } = body instanceof Uint8Array ? { bytes: body, ending: "end" } : body;
  let at = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = bytes.slice(at, at + 100);
        at += chunk.length;
        if (chunk.length > 0) controller.enqueue(chunk);
        else if (ending === "end") controller.close();
        else if (ending === "lost") controller.error(new TypeError("terminated"));
        else return new Promise(() => {});
      },
    },
    { highWaterMark: 0 },
  );
  const present = Object.entries(headers).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return new Response(code === 204 || code === 304 ? null : stream, { status: code, headers: present });
}
