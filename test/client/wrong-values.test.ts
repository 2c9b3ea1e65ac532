import { ExportError } from "exportkit";
import * as durable from "exportkit/durable";
import * as provider from "exportkit/provider";
import * as testing from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { type Call, calls, opened } from "./exported-calls.js";

/** What no compiler keeps out. */
const wrong: readonly (readonly [name: string, value: unknown])[] = [
  ...[undefined, null, true, 7, -1, Number.NaN, "", "text", 5n, Symbol("s")].map(
    (value) => [String(value), value] as const,
  ),
  ["{}", {}],
  ["[]", []],
  ["() => {}", () => {}],
  ["Object.create(null)", Object.create(null)],
  ["a Date", new Date(0)],
  ["a Map", new Map()],
  ["a Promise", Promise.resolve({})],
  ["an AbortSignal", new AbortController().signal],
];

/** Every argument in turn, and every member of the last one, which is where options stand. */
function* variants([, , given]: Call, value: unknown): Generator<readonly [where: string, unknown[]]> {
  for (const at of given.keys()) yield [`argument ${at + 1}`, given.with(at, value)];
  const options = given.at(-1);
  if (!provider.isObject(options) || Object.getPrototypeOf(options) !== Object.prototype) return;
  for (const member of [...Object.keys(options), "unknown"])
    yield [member, given.with(-1, { ...options, [member]: value })];
}

async function thrownBy(call: () => unknown): Promise<unknown> {
  try {
    const made = await call();
    if (provider.isObject(made) && typeof made.next === "function") await made.next();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("a wrong value is taken, or refused by an error of this package", () => {
  it.each(wrong)("%s", async (_, value) => {
    const raw: unknown[] = [];
    for (const entry of calls(await opened()))
      for (const [where, given] of variants(entry, value)) {
        const error = await thrownBy(() => entry[1](...(given as never[])));
        if (error !== undefined && !ExportError.isInstance(error)) raw.push([entry[0], where, String(error)]);
      }
    expect(raw).toEqual([]);
  });
});

const noOptions = wrong.filter(([name]) => name.startsWith("a"));
const optional = [
  "startExport",
  "pollExport",
  "waitForExport",
  "download",
  "runExport",
  "records",
  "batches",
  "encode",
];

it.each(noOptions)("%s is not taken for options", async (_, value) => {
  for (const [name, call, given] of calls(await opened()).filter(([name]) => optional.includes(name)))
    expect([name, await thrownBy(() => call(...(given.with(-1, value) as never[])))]).toMatchObject([
      name,
      { code: "CONFIG_INVALID" },
    ]);
});

it("tells of a signal that was given in the place of options how to give it", async () => {
  const { client, job } = await opened();
  const error = await thrownBy(() => client.pollExport(job, new AbortController().signal as never));
  expect(error).toMatchObject({ message: expect.stringContaining("such as { signal }") });
});

/** Take texts, bytes or values, and no options: a wrong one is as wrong as in a function of JavaScript's own. */
const plain = [
  ...[
    "ExactNumber",
    "ExportError",
    "InvalidRecord",
    "baseUrlOf",
    "baseUrlProblem",
    "bearer",
    "checkOptions",
    "checkedBy",
  ],
  ...[
    "cleanPem",
    "csvRows",
    "derOf",
    "endpointProblem",
    "givenOptions",
    "isCertificateOf",
    "isDate",
    "isExactNumber",
  ],
  ...[
    "isInvalidRecord",
    "isObject",
    "isTerminal",
    "isToken",
    "keyFormProblem",
    "keySecrets",
    "loadPart",
    "numberOf",
  ],
  ...[
    "optionError",
    "ownProperties",
    "parseJson",
    "pathSegment",
    "pemBody",
    "pemSections",
    "publicKeyIn",
    "secretForms",
  ],
  ...[
    "signingKeyDer",
    "signingKeyPem",
    "signingKeyProblem",
    "textHash",
    "toHex",
    "tokenAuthorization",
    "tokenSigner",
    "unpolluted",
  ],
  ...[
    "unwantedOption",
    "valueAt",
    "wordOption",
    "generateAuthgearKeys",
    "rangeReply",
    "selectRange",
    "textReply",
  ],
];

it("every function that takes options is among these", async () => {
  const known = new Set([...plain, ...calls(await opened()).map(([name]) => name)]);
  const exported = [durable, provider, testing].flatMap((module) =>
    Object.entries(module).flatMap(([name, value]) => (typeof value === "function" ? [name] : [])),
  );
  expect(exported.filter((name) => !known.has(name))).toEqual([]);
});
