import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A test as SECURITY.md names it. */
export interface Proof {
  readonly file: string;
  readonly title: string;
}

/** One claim of SECURITY.md, with the tests it names. */
export interface Claim {
  readonly id: string;
  readonly text: string;
  readonly proofs: readonly Proof[];
}

/**
 * The claims, each of this form, where the second line may be there more than once:
 *
 *     - **C1** Something holds.
 *       Test: `file.test.ts`, "C1: something holds"
 */
export function readClaims(): readonly Claim[] {
  const text = readFileSync(join(root, "SECURITY.md"), "utf8");
  return text.split(/^(?=- \*\*)/m).flatMap((block) => {
    const [, id, rest = ""] = /^- \*\*([A-Z]\d+)\*\* ([\s\S]*?)(?=\n(?:\n|#)|$(?![\s\S]))/.exec(block) ?? [];
    if (id === undefined) return [];
    const proofs = [...rest.matchAll(/^ {2}Test: `([^`]+)`, "(.+)"$/gm)].map(([, file = "", title = ""]) => ({
      file,
      title,
    }));
    return [{ id, text: rest.replace(/^ {2}Test: .*$/gm, "").trim(), proofs }];
  });
}

export interface NamedTest {
  readonly file: string;
  readonly title: string;
  readonly id: string | undefined;
}

/** The titles of all tests and groups, as they stand in the files. */
export function readTests(): readonly NamedTest[] {
  const folder = join(root, "test");
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return files
    .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), "utf8");
      // A title is the first thing in the brackets that open a call, or follow those of `each`.
      const titles = text.matchAll(
        /(?:\b(?:describe|test|it)|\))\(\s*(?:"((?:[^"\\\n]|\\.)+)"|'([^'\n]+)')/g,
      );
      return [...titles].map(([, double, single]) => {
        const title = double?.replace(/\\(.)/g, "$1") ?? single ?? "";
        return { file: `test/${file}`, title, id: /^([A-Z]\d+): /.exec(title)?.[1] };
      });
    });
}
