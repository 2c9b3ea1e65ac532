import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { neverSent, systemCode } from "../../src/transport/network-error.js";

const failed = (cause: object) => new TypeError("fetch failed", { cause });
const error = (message: string, extra: object = {}) => Object.assign(new Error(message), extra);

// As the runtimes threw them when asked (Node 24, Bun 1.4, Deno 2.9).
const refusedOrUnresolved: readonly (readonly [string, unknown])[] = [
  [
    "Node: refused",
    failed(error("connect ECONNREFUSED 127.0.0.1:51", { code: "ECONNREFUSED", syscall: "connect" })),
  ],
  [
    "Node: every address refused",
    failed(
      Object.assign(
        new AggregateError([
          error("connect ECONNREFUSED ::1:51", { code: "ECONNREFUSED", syscall: "connect" }),
          error("connect ECONNREFUSED 127.0.0.1:51", { code: "ECONNREFUSED", syscall: "connect" }),
        ]),
        { code: "ECONNREFUSED" },
      ),
    ),
  ],
  [
    "Node: no such name",
    failed(error("getaddrinfo ENOTFOUND no.invalid", { code: "ENOTFOUND", syscall: "getaddrinfo" })),
  ],
  [
    "Node: no name server",
    failed(error("getaddrinfo EAI_AGAIN x", { code: "EAI_AGAIN", syscall: "getaddrinfo" })),
  ],
  [
    "Node: no way there",
    failed(error("connect ENETUNREACH 10.0.0.1:443", { code: "ENETUNREACH", syscall: "connect" })),
  ],
  [
    "Node: nobody answers",
    failed(error("connect ETIMEDOUT 10.0.0.1:443", { code: "ETIMEDOUT", syscall: "connect" })),
  ],
  [
    "Node: undici gave up connecting",
    failed(error("Connect Timeout Error", { code: "UND_ERR_CONNECT_TIMEOUT" })),
  ],
  [
    "Node: the certificate is self-signed",
    failed(error("self-signed certificate", { code: "DEPTH_ZERO_SELF_SIGNED_CERT" })),
  ],
  [
    "Node: the certificate has expired",
    failed(error("certificate has expired", { code: "CERT_HAS_EXPIRED" })),
  ],
  [
    "Bun: no such name",
    error("getaddrinfo ENOTFOUND no.invalid", { code: "ENOTFOUND", syscall: "getaddrinfo", errno: 4 }),
  ],
  ["an error of another realm", { message: "fetch failed", cause: { code: "ECONNREFUSED" } }],
];

it("a property that throws proves nothing", () => {
  const error = {
    get code(): string {
      throw new Error("not to be read");
    },
  };
  expect(neverSent(failed(error), false)).toBe(false);
});

// Bare codes of the outermost error: a proof only where the runtime's fetch repeats nothing unseen.
const refusedAtLast: readonly (readonly [string, unknown])[] = [
  [
    "Bun: refused",
    error("ECONNREFUSED: Unable to connect. Is the computer able to access the url?", {
      code: "ECONNREFUSED",
      errno: 0,
    }),
  ],
  ["Bun before 1.4: refused", error("Unable to connect.", { code: "ConnectionRefused" })],
  [
    "an untrusted certificate",
    error("self signed certificate", { code: "DEPTH_ZERO_SELF_SIGNED_CERT", errno: 0 }),
  ],
];

const possiblySent: readonly (readonly [string, unknown])[] = [
  [
    "Deno: refused",
    failed(
      error(
        "error sending request for url (http://127.0.0.1:51/): client error (Connect): tcp connect error: Connection refused (os error 111)",
      ),
    ),
  ],
  [
    "Deno: no such name",
    failed(
      error(
        "error sending request for url (http://no.invalid/): client error (Connect): dns error: failed to lookup address information: Name or service not known",
      ),
    ),
  ],
  [
    "Deno: the handshake was broken off",
    failed(
      error(
        "error sending request for url (https://127.0.0.1:1/): client error (Connect): Connection reset by peer (os error 104)",
      ),
    ),
  ],
  [
    "a gateway that is quoted",
    failed(error("upstream: connect ECONNREFUSED 10.0.0.7:8080: Connection refused")),
  ],
  [
    "a name server that is quoted",
    error("502 from the gateway: dns error: could not resolve, getaddrinfo failed"),
  ],
  ["a broken TLS record", failed(error("wrong version number", { code: "ERR_SSL_WRONG_VERSION_NUMBER" }))],
  ["Bun: a broken TLS record", error("EPROTO: The TLS handshake failed.", { code: "EPROTO", errno: 0 })],
  ["Node: closed", failed(error("other side closed", { code: "UND_ERR_SOCKET" }))],
  ["Node: reset", failed(error("read ECONNRESET", { code: "ECONNRESET", syscall: "read" }))],
  [
    "Node: unreachable in the middle",
    failed(error("read EHOSTUNREACH", { code: "EHOSTUNREACH", syscall: "read" })),
  ],
  ["Node: headers timeout", failed(error("Headers Timeout Error", { code: "UND_ERR_HEADERS_TIMEOUT" }))],
  ["Node: broken pipe", failed(error("write EPIPE", { code: "EPIPE", syscall: "write" }))],
  [
    "Node: one address refused, the other reset",
    failed(
      new AggregateError([
        error("connect ECONNREFUSED ::1:51", { code: "ECONNREFUSED", syscall: "connect" }),
        error("read ECONNRESET", { code: "ECONNRESET", syscall: "read" }),
      ]),
    ),
  ],
  [
    "Bun: reset",
    error("ECONNRESET: The socket connection was closed unexpectedly.", { code: "ECONNRESET", errno: 0 }),
  ],
  [
    "Deno: closed",
    failed(
      error(
        "error sending request from 127.0.0.1:53366 for http://127.0.0.1:1/: client error (SendRequest): connection closed before message completed",
      ),
    ),
  ],
  ["Deno: reset", failed(error("Connection reset by peer (os error 104)"))],
  // Says so to a refused port too, so it says nothing.
  ["workerd", error("Network connection lost.", { retryable: true })],
  ["workerd: no such name", error("internal error; reference = 0brj2j3oqrid095bgk124o10")],
  ["a string", "ECONNREFUSED"],
  ["nothing", undefined],
  ["null", null],
  ["an object", {}],
  ["an empty AggregateError", new AggregateError([])],
];

describe("neverSent", () => {
  it.each(refusedOrUnresolved)("is certain of %s", (_, thrown) => {
    expect(neverSent(thrown, false)).toBe(true);
    expect(neverSent(thrown, true)).toBe(true);
  });

  it.each(refusedAtLast)("takes it from the runtime whether it is certain of %s", (_, thrown) => {
    expect(neverSent(thrown, false)).toBe(true);
    expect(neverSent(thrown, true)).toBe(false);
  });

  it.each(possiblySent)("is not certain of %s", (_, thrown) => {
    expect(neverSent(thrown, false)).toBe(false);
  });

  it("ends in a chain of causes that goes round", () => {
    const first = error("a");
    first.cause = error("b", { cause: first });
    expect(neverSent(first, false)).toBe(false);
  });

  it("knows what this very runtime throws for a refused port, and for a lost connection", async () => {
    const server = createServer((socket) => socket.once("data", () => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const url = `http://127.0.0.1:${port}/`;
    const lost = await fetch(url, { method: "POST", body: "x" }).catch((reason: unknown) => reason);
    await new Promise((resolve) => server.close(resolve));
    const refused = await fetch(url, { method: "POST", body: "x" }).catch((reason: unknown) => reason);
    expect([neverSent(lost, false), neverSent(refused, false)]).toEqual([false, true]);
  });
});

describe("systemCode", () => {
  it.each<[unknown, string | undefined]>([
    [error("", { code: "ECONNRESET" }), "ECONNRESET"],
    [failed(error("", { code: "UND_ERR_SOCKET" })), "UND_ERR_SOCKET"],
    [
      failed(new AggregateError([error("", { code: "ETIMEDOUT" }), error("", { code: "EPIPE" })])),
      "ETIMEDOUT",
    ],
    [error("", { code: "ERR_OUTER", cause: { code: "EPIPE" } }), "EPIPE"],
    // What is no word of a system may be anything, and is not shown.
    [error("", { code: "Bearer the-token", cause: { code: "x" } }), undefined],
    [error("", { code: "ECONNRESET", cause: { code: "https://a.example/?signature=1" } }), "ECONNRESET"],
    [error("", { code: 7 }), undefined],
    [{ code: { toString: () => "ECONNRESET" } }, undefined],
    [undefined, undefined],
  ])("of %o is %s", (thrown, code) => {
    expect(systemCode(thrown)).toBe(code);
  });
});
