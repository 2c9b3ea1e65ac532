import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { transform } from "esbuild";
import * as provider from "exportkit/provider";
import * as testing from "exportkit/testing";
import { describe, expect, it } from "vitest";

const src = fileURLToPath(new URL("../../src", import.meta.url));
const { exports } = JSON.parse(readFileSync(join(src, "../package.json"), "utf8")) as { exports: object };

interface Documented {
  readonly name: string;
  readonly file: string;
  readonly comment: string;
}

/** The functions and classes that a module exports, wherever they are declared. */
function valuesOf(file: string): readonly Documented[] {
  const text = readFileSync(file, "utf8");
  const own = [
    ...text.matchAll(
      /^export (?:(?:abstract |async )?(?:function|class) (\w+)|const (\w+) = (?:async )?[<(])/gm,
    ),
  ];
  const declared = own.map(({ index, 1: called, 2: assigned = "" }) => {
    const name = called ?? assigned;
    const above = text.slice(0, index);
    const comment = above.endsWith("*/\n") ? above.slice(above.lastIndexOf("/**")) : "";
    return { name, file: file.slice(src.length + 1), comment };
  });
  // Of a function with several signatures the first tells.
  const first = declared.filter(({ name }, at) => declared.findIndex((other) => other.name === name) === at);
  const passed = [...text.matchAll(/^export (?:\*|\{([^}]*)\}) from "(\.[^"]+)\.js"/gm)].flatMap(
    ([, names, from = ""]) => {
      const wanted = names?.split(",").map((name) => name.trim());
      const values = valuesOf(join(dirname(file), `${from}.ts`));
      return wanted ? values.filter(({ name }) => wanted.includes(name)) : values;
    },
  );
  return [...first, ...passed];
}

const paths = Object.keys(exports).filter((path) => path !== "./package.json");
const everyValue = new Map(
  paths.flatMap((path) => {
    const candidates = [`${path}.ts`, `${path}/index.ts`, `providers/${path}/index.ts`].map((name) =>
      join(src, name),
    );
    const entry = path === "." ? join(src, "index.ts") : candidates.find((file) => existsSync(file));
    return valuesOf(entry ?? path).map((value) => [`${path}: ${value.name}`, value] as const);
  }),
);

const exampleOf = ({ comment }: Documented) =>
  /@example\n \* ```ts\n([\s\S]*?) \* ```/.exec(comment)?.[1]?.replace(/^ \* ?/gm, "");

/** What an example says that an expression gives: behind it, or in the line below. */
const TOLD = /^(?!const |let |\/\/)(\S.*);(?: |\n)\/\/ (.+)$/gm;

const keys = testing.generateAvepointCertificate();

const Program = (async () => {}).constructor as new (
  ...text: readonly string[]
) => (...values: readonly unknown[]) => Promise<void>;

describe("every public function and class shows how it is used", () => {
  it("by an example", () => {
    expect(everyValue.size).toBeGreaterThan(90);
    const without = [...everyValue].filter(([, value]) => !exampleOf(value)?.trim());
    expect(without.map(([name, { file }]) => `${name} (${file})`)).toEqual([]);
  });

  const telling = [...everyValue].flatMap(([name, value]) => {
    const code = exampleOf(value) ?? "";
    return code.search(TOLD) === -1 ? [] : [[name, code] as const];
  });

  it("and often by what comes of it", () => {
    expect(telling.length).toBeGreaterThan(25);
  });

  it.each(telling)("%s gives what its example says", async (_, example) => {
    const { privateKey, certificate } = await keys;
    const world = {
      ...provider,
      ...testing,
      privateKey,
      certificate,
      clientId: "app",
      tokenUrl: "https://login.example/oauth/token",
      kid: "a-key",
      now: Date.UTC(2026, 0, 1),
      check: (actual: unknown, told: unknown) => expect(actual).toEqual(told),
    };
    const checked = example.replace(TOLD, (_line, expression, told) => `check(${expression}, (${told}));`);
    const { code } = await transform(`async () => {\n${checked}\n}`, { loader: "ts" });
    expect.hasAssertions();
    await new Program(...Object.keys(world), `return (${code.replace(/;\s*$/, "")})()`)(
      ...Object.values(world),
    );
  });
});
