import fc from "../support/fast-check.js";

// JSON is changed as a tree that can hold what no value can: keys that come twice, `__proto__`, numbers out of range.
type Node =
  | string
  | { readonly items: readonly Node[] }
  | { readonly entries: readonly (readonly [string, Node])[] };

/** One change to a JSON text; `at` chooses the place, as a part of all places. */
export interface JsonEdit {
  readonly kind: "replace" | "remove" | "add" | "wrap" | "double" | "lift";
  readonly at: number;
  readonly value: keyof typeof hostileValues;
  readonly key: string;
}

const nested = (depth: number, open: string, close: string) => open.repeat(depth) + close.repeat(depth);

/** JSON texts by names that stay readable in a report. */
export const hostileValues = {
  null: "null",
  true: "true",
  zero: "0",
  minus: "-1",
  "minus zero": "-0",
  fraction: "0.5",
  infinity: "1e999",
  "minus infinity": "-1e999",
  huge: "1e308",
  unsafe: "9007199254740993",
  "the last safe": "9007199254740991",
  "the last time": "8640000000000000",
  tiny: "5e-324",
  "empty text": '""',
  text: '"x"',
  digits: '"12"',
  dot: '"."',
  dots: '".."',
  path: '"../../etc/passwd"',
  "lone surrogate": '"\\ud800"',
  "half a pair": '"a\\udfffb"',
  nul: '"\\u0000"',
  bom: '"\\ufeffx"',
  "line end": '"a\\r\\nx-injected: 1"',
  proto: '"__proto__"',
  polluting: '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}',
  "no primitive": '{"toString":1,"valueOf":1,"toJSON":1}',
  thenable: '{"then":1}',
  "long text": JSON.stringify("x".repeat(100_000)),
  "long line of digits": `"${"9".repeat(5_000)}"`,
  "deep list": nested(3_000, "[", "]"),
  "deeper list": nested(20_000, "[", "]"),
  "deep object": nested(20_000, '{"a":', "}").replace(/:\}/, ":1}"),
  "wide list": `[${"0,".repeat(2_000)}0]`,
  "empty list": "[]",
  "empty object": "{}",
  "list of null": "[null]",
  "list in lists": "[[[1]],[]]",
  "first time": '"-271821-04-20T00:00:00Z"',
  "last time": '"+275760-09-13T00:00:00Z"',
  "no time": '"2026-13-45T99:99:99Z"',
  "a time": '"2026-01-01T00:00:00.123456789Z"',
  "a url": '"https://store.example/file?signature=abcdefghijklmnop1234"',
  "a local url": '"http://127.0.0.1:1/file"',
  "a plain url": '"http://store.example/file"',
  "a url with a user": '"https://user:password@store.example/"',
  "a file": '"file:///etc/passwd"',
  "a script": '"javascript:alert(1)"',
  "no url": '"https://["',
  completed: '"completed"',
  bearer: '"Bearer"',
} as const;

const names = Object.keys(hostileValues) as (keyof typeof hostileValues)[];
const part = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

/** Changes; the `keys` are added beside those that are hostile by themselves. */
export function jsonEdits(keys: readonly string[] = []): fc.Arbitrary<readonly JsonEdit[]> {
  return fc.array(
    fc.record({
      kind: fc.constantFrom<JsonEdit["kind"]>(
        "replace",
        "replace",
        "remove",
        "add",
        "wrap",
        "double",
        "lift",
      ),
      at: part,
      value: fc.constantFrom(...names),
      key: fc.constantFrom("__proto__", "constructor", "toJSON", "then", "length", "", "\ud800", ...keys),
    }),
    { minLength: 1, maxLength: 3 },
  );
}

/** A JSON text with changes. What is no JSON is replaced as a whole. */
export function editedJson(text: string, edits: readonly JsonEdit[]): string {
  let tree: Node;
  try {
    tree = treeOf(JSON.parse(text));
  } catch {
    tree = text;
  }
  for (const edit of edits) {
    let place = Math.floor(edit.at * countOf(tree));
    const change = (node: Node): Node => {
      if (place-- === 0) return changed(node, edit);
      if (typeof node === "string") return node;
      if ("items" in node) return { items: node.items.map(change) };
      return { entries: node.entries.map(([key, value]) => [key, change(value)] as const) };
    };
    tree = change(tree);
  }
  return textOf(tree);
}

function changed(node: Node, { kind, value, key }: JsonEdit): Node {
  const hostile = hostileValues[value];
  const inner =
    typeof node === "string" ? undefined : "items" in node ? node.items : node.entries.map(([, v]) => v);
  switch (kind) {
    case "remove":
      if (typeof node === "string") return hostile;
      return "items" in node ? { items: node.items.slice(1) } : { entries: node.entries.slice(1) };
    case "add":
      if (typeof node === "string") return hostile;
      if ("items" in node) return { items: [...node.items, hostile] };
      return { entries: [...node.entries, [key, hostile]] };
    case "wrap":
      return { items: [node] };
    case "double":
      return { items: [node, node] };
    case "lift":
      return inner?.[0] ?? hostile;
    default:
      return hostile;
  }
}

function treeOf(value: unknown): Node {
  if (Array.isArray(value)) return { items: value.map(treeOf) };
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  return { entries: Object.entries(value).map(([key, item]) => [key, treeOf(item)] as const) };
}

function countOf(node: Node): number {
  if (typeof node === "string") return 1;
  const inner = "items" in node ? node.items : node.entries.map(([, value]) => value);
  return inner.reduce((sum: number, item) => sum + countOf(item), 1);
}

function textOf(node: Node): string {
  if (typeof node === "string") return node;
  if ("items" in node) return `[${node.items.map(textOf).join(",")}]`;
  return `{${node.entries.map(([key, value]) => `${JSON.stringify(key)}:${textOf(value)}`).join(",")}}`;
}

/** Every place of a JSON text with every hostile value, and every key added to every object with every one of them. */
export function everyEdit(text: string, keys: readonly string[]): readonly JsonEdit[] {
  const count = countOf(treeOf(JSON.parse(text)));
  const places = Array.from({ length: count }, (_, place) => (place + 0.5) / count);
  return places.flatMap((at) =>
    names.flatMap((value): readonly JsonEdit[] => [
      { kind: "replace", at, value, key: "" },
      ...keys.map((key) => ({ kind: "add", at, value, key }) as const),
    ]),
  );
}

/** Every place of a JSON text with every hostile value. */
export function everyReplacement(text: string): readonly JsonEdit[] {
  return everyEdit(text, []);
}
