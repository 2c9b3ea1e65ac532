const CHUNK = 65_536;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
}

/** A `fetch` that gives each answer again that it has had once, so that what is measured is the client alone. */
export interface Replay {
  readonly fetch: typeof fetch;
  /** From here on; before, a job changes. */
  keep(): void;
}

/** @param keyOf - what two requests for the same thing have in common */
export function replay(inner: typeof fetch, keyOf: (url: URL) => string): Replay {
  const answers = new Map<string, Answer>();
  let keeps = false;
  return {
    keep() {
      keeps = true;
    },
    async fetch(input, init) {
      const request = input instanceof Request ? input : undefined;
      const method = init?.method ?? request?.method ?? "GET";
      if (!keeps || method !== "GET") return await inner(input, init);
      const key = keyOf(new URL(request?.url ?? String(input)));
      let answer = answers.get(key);
      if (!answer) {
        const response = await inner(input, init);
        const bytes = new Uint8Array(await response.arrayBuffer());
        answer = { status: response.status, headers: response.headers, bytes };
        answers.set(key, answer);
      }
      return new Response(streamOf(answer.bytes), answer);
    },
  };
}

/** In chunks as a socket brings them. */
function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (at < bytes.length) controller.enqueue(bytes.slice(at, at + CHUNK));
        else controller.close();
        at += CHUNK;
      },
    },
    { highWaterMark: 0 },
  );
}
