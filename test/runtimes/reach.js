// What outlives a process, on whatever runtime this is loaded in: an upload in invocations, and what OpenTelemetry is told of it.
import { s3Target, uploadExport } from "exportkit/object-store";
import { openTelemetry } from "exportkit/otel";

/** Uploads an export in invocations of few requests, each with a client of its own, and tells what is in the store. */
export async function upload(connect, job) {
  const telemetry = recorder();
  const store = memoryS3();
  let state;
  let invocations = 0;
  for (let complete = false; !complete && invocations < 50; invocations++) {
    const client = connect({ telemetry: openTelemetry(telemetry.providers) });
    const target = s3Target({
      client: store,
      endpoint: "https://store.example",
      bucket: "exports",
      key: "all",
    });
    // The parts of this store may be small.
    const result = await uploadExport(
      client,
      job,
      { ...target, minPartBytes: 1_000 },
      {
        partBytes: 20_000,
        budget: { deadline: Date.now() + 10_000, requests: 14 },
        state,
        onState: (known) => {
          state = JSON.parse(JSON.stringify(known));
        },
      },
    );
    ({ complete } = result);
    state = JSON.parse(JSON.stringify(result.state));
  }
  const packed = s3Target({
    client: store,
    endpoint: "https://store.example",
    bucket: "exports",
    key: "packed",
  });
  const { size, code } = await uploadExport(connect(), job, packed, { gzip: true }).catch((error) => error);
  // It is said, and nothing sent, where a runtime cannot compress.
  const isPacked =
    typeof CompressionStream === "function"
      ? size === store.objects.get("/exports/packed")?.byteLength && size < state.bytes * 1.1
      : code === "NOT_SUPPORTED";
  store.objects.delete("/exports/packed");
  return {
    phase: state.phase,
    invocations,
    parts: state.parts.length,
    bytes: store.objects.get("/exports/all")?.byteLength,
    isPacked,
    left: store.objects.size + store.uploads.size,
    telemetry: telemetry.told(),
  };
}

/** A store behind a client of aws4fetch's shape: as much of S3 as uploads use. */
function memoryS3() {
  const objects = new Map();
  const uploads = new Map();
  const answer = (status, text = "", headers = {}) =>
    new Response(status === 204 ? null : text, {
      status,
      headers: { "content-type": "application/xml", ...headers },
    });
  return {
    objects,
    uploads,
    async fetch(url, { method, body }) {
      const { pathname, searchParams } = new URL(url);
      const uploadId = searchParams.get("uploadId");
      const parts = uploads.get(uploadId);
      if (uploadId && !parts) return answer(404, "<Error><Code>NoSuchUpload</Code></Error>");
      if (searchParams.has("uploads")) {
        uploads.set("one", new Map());
        return answer(200, "<UploadId>one</UploadId>");
      }
      if (parts && method === "PUT") {
        parts.set(Number(searchParams.get("partNumber")), body.slice());
        return answer(200, "", { etag: '"of a part"' });
      }
      if (parts) {
        uploads.delete(uploadId);
        objects.set(pathname, new Uint8Array(await new Blob([...parts.values()]).arrayBuffer()));
        return answer(200, "<CompleteMultipartUploadResult/>");
      }
      if (method === "PUT") objects.set(pathname, body.slice());
      if (method === "DELETE") objects.delete(pathname);
      const found = objects.get(pathname);
      if (method === "GET" && !found) return answer(404, "<Error><Code>NoSuchKey</Code></Error>");
      if (method === "GET") return new Response(found);
      return answer(method === "DELETE" ? 204 : 200);
    },
  };
}

/** Providers by the shape of OpenTelemetry's, and what they were told. */
function recorder() {
  const spans = [];
  const measured = {};
  const span = (name, attributes = {}) => {
    const known = { name, attributes: { ...attributes }, isEnded: false };
    spans.push(known);
    return {
      spanContext: () => ({
        traceId: "0af7651916cd43dd8448eb211c80319c",
        spanId: "b7ad6b7169203331",
        traceFlags: 1,
      }),
      setAttribute: (key, value) => Object.assign(known.attributes, { [key]: value }),
      setAttributes: (more) => Object.assign(known.attributes, more),
      setStatus: () => {},
      addEvent: () => {},
      end: () => {
        known.isEnded = true;
      },
    };
  };
  const instrument = (name) => ({
    add: (value) => {
      measured[name] = (measured[name] ?? 0) + value;
    },
    record: () => {
      measured[name] = (measured[name] ?? 0) + 1;
    },
  });
  const meter = { createHistogram: instrument, createCounter: instrument, createUpDownCounter: instrument };
  const tracer = { startSpan: (name, { attributes } = {}) => span(name, attributes) };
  return {
    providers: { tracerProvider: { getTracer: () => tracer }, meterProvider: { getMeter: () => meter } },
    told: () => ({
      spans: spans.length,
      names: [...new Set(spans.map(({ name }) => name))].sort(),
      open: spans.filter(({ name, isEnded }) => name === "download" && !isEnded).length,
      secrets: spans.filter(({ attributes }) => /[?&]|signature/i.test(JSON.stringify(attributes))).length,
      measured: Object.keys(measured).sort(),
    }),
  };
}
