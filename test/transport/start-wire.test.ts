import { type AddressInfo, createServer } from "node:net";
import { createExportClient, ExportError } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { zephr } from "exportkit/zephr";
import { beforeAll, describe, expect, it } from "vitest";
import { token } from "../client/harness.js";

type Answers = { readonly [name: string]: (started: string) => string };

const json = "content-type: application/json\r\n";
const answered = (status: number, body = "", headers = json) =>
  `HTTP/1.1 ${status} so\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`;
const bare = (head: string) => () => `HTTP/1.1 ${head}\r\n\r\n`;

/** Answers of which not all comes. */
function brokenOff(status: number): Answers {
  const head = `HTTP/1.1 ${status} so\r\n${json}`;
  const answers = {
    "no byte of its body": `${head}content-length: 40\r\n\r\n`,
    "half of its body": `${head}content-length: 40\r\n\r\n{"error":{"rea`,
    "a chunk and no end": `${head}transfer-encoding: chunked\r\n\r\n5\r\n{"a":\r\n`,
    "no gzip where it says so": `${head}content-encoding: gzip\r\ncontent-length: 4\r\n\r\nbusy`,
  };
  return Object.fromEntries(Object.entries(answers).map(([how, text]) => [`${status}, ${how}`, () => text]));
}

/** The status line has refused it; the reasons are lost. */
const refusedShort: readonly (readonly [code: string, Answers])[] = [
  ["REQUEST_INVALID", { ...brokenOff(400), ...brokenOff(422) }],
  ["UNAUTHORIZED", brokenOff(401)],
  ["FORBIDDEN", brokenOff(403)],
  ["NOT_FOUND", brokenOff(404)],
];

const vendors = {
  authgear: {
    providerAt: (endpoint: string) => authgear({ endpoint, token }),
    request: { format: "ndjson" },
    started: '{"result":{"id":"the-job","status":"pending"}}',
    other: '{"result":{"status":"pending"}}',
  },
  avepoint: {
    providerAt: (baseUrl: string) => avepoint({ baseUrl, token }),
    request: { report: "userAccess", email: "ada@contoso.com", dataSources: ["OneDrive"] },
    started: '{"jobId":"the-job","status":200,"message":"OK"}',
    other: '{"jobStatus":2,"status":200,"message":""}',
  },
} as const;

/** What the vendor's side writes for a start, and what becomes of it; the start has arrived in every case. */
const outcomes: readonly (readonly [outcome: string, Answers])[] = [
  [
    "the job",
    {
      "HTTP/1.0, ended by closing": (started) => `HTTP/1.0 200 OK\r\n${json}\r\n${started}`,
      "early hints first": (started) =>
        `HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${answered(200, started)}`,
      "three words that it is at work first": (started) =>
        `${"HTTP/1.1 102 Processing\r\n\r\n".repeat(3)}${answered(200, started)}`,
      "201": (started) => answered(201, started),
      "202": (started) => answered(202, started),
    },
  ],
  [
    "START_OUTCOME_UNKNOWN",
    {
      "HTTP/1.0, cut": (started) => `HTTP/1.0 200 OK\r\n${json}\r\n${started.slice(0, -2)}`,
      "nothing but 100 Continue": bare("100 Continue"),
      "another protocol": bare("101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade"),
      "half a status line": () => "HTTP/1.",
      "half a header": () => "HTTP/1.1 200 OK\r\ncontent-ty",
      "headers without an end": () => `HTTP/1.1 200 OK\r\n${json}`,
      "no HTTP at all": () => "SSH-2.0-OpenSSH_9.6\r\n",
      "two lengths": (started) => answered(200, started, "content-length: 5\r\n"),
      "a length that is too long": (started) => answered(200, started).replace(/length: \d+/, "length: 9999"),
      "a chunk and no end": () => "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\n{\r\n",
      "headers that are too long": () => answered(200, "", `x: ${"y".repeat(40_000)}\r\n`),
      "no gzip where it says so": (started) => answered(200, started, `${json}content-encoding: gzip\r\n`),
      "an empty 200": () => answered(200),
      "205": bare("205 Reset Content"),
      ...Object.fromEntries(
        // 460 and 499 are what proxies say that did not wait for the answer.
        [303, 408, 460, 499, 500, 502, 503, 504, 507, 520, 522, 524, 530, 599].map((status) => [
          `${status}`,
          () => answered(status, "busy", "location: /elsewhere\r\n"),
        ]),
      ),
    },
  ],
  [
    "RESPONSE_INVALID",
    Object.fromEntries(
      [300, 301, 302, 305, 307, 308].map((status) => [
        `${status}`,
        () => answered(status, "", "location: /elsewhere\r\n"),
      ]),
    ),
  ],
  [
    "REQUEST_INVALID",
    Object.fromEntries([400, 405, 409, 413, 422].map((status) => [`${status}`, () => answered(status)])),
  ],
  ...refusedShort,
  ...[200, 303, 408, 460, 499, 500, 503].map(
    (status) => ["START_OUTCOME_UNKNOWN", brokenOff(status)] as const,
  ),
];

/** A start over the wire, of which each try gets the answer that is set; tells its outcome and how often it arrived. */
function startOverWire(providerAt: (endpoint: string) => unknown, request: unknown) {
  const wire = { answer: "", arrivals: 0, start: async () => "" };
  beforeAll(async () => {
    const server = createServer((socket) => {
      socket.on("error", () => {});
      socket.on("data", (data) => {
        if (/^(GET|POST) /.test(String(data))) wire.arrivals += 1;
        socket.end(wire.answer);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = createExportClient({
      providers: { it: providerAt(endpoint) as never },
      retry: { retries: 2, minDelayMs: 0, maxDelayMs: 0 },
    });
    wire.start = async () => {
      wire.arrivals = 0;
      try {
        const { id } = await client.startExport("it", request as never);
        return id === "the-job" ? "the job" : id;
      } catch (error) {
        expect(ExportError.isInstance(error) && !error.retryable).toBe(true);
        return (error as ExportError).code;
      }
    };
    return () => void server.close();
  });
  return wire;
}

describe.each(Object.entries(vendors))("a start of %s over the wire", (_, vendor) => {
  const wire = startOverWire(vendor.providerAt, vendor.request);

  it.each(outcomes)("ends as %s, and has arrived once", async (outcome, answers) => {
    for (const [name, write] of Object.entries(answers)) {
      wire.answer = write(vendor.started);
      expect([name, await wire.start(), wire.arrivals]).toEqual([name, outcome, 1]);
    }
  });

  it("is in doubt where it gets the answer to another request", async () => {
    for (const text of [vendor.other, '{"results":[],"meta":{"count":0}}', '{"access_token":"x"}']) {
      wire.answer = answered(200, text);
      expect([text, await wire.start(), wire.arrivals]).toEqual([text, "START_OUTCOME_UNKNOWN", 1]);
    }
  });
});

describe("a start of zephr over the wire, which makes nothing there", () => {
  const wire = startOverWire((baseUrl) => zephr({ baseUrl, accessKey: "key", secretKey: "secret" }), {});

  it.each(refusedShort)("ends as %s where its refusal breaks off", async (code, answers) => {
    for (const [name, write] of Object.entries(answers)) {
      wire.answer = write("");
      expect([name, await wire.start(), wire.arrivals]).toEqual([name, code, 1]);
    }
  });
});
