// Users as text, block by block: what the benchmarks of decoders read.
const users = Array.from({ length: 4_000 }, (_, index) => ({
  sub: `${index.toString(16).padStart(8, "0")}-1111-2222-3333-444444444444`,
  email: `user${index}@example.com`,
  name: `User ${index}`,
  address: { country: "DE", locality: "Köln" },
  roles: ["admin", "editor"],
  disabled: false,
  created_at: "2024-10-07T21:06:24Z",
  note: 'said "hello", and left',
}));
const columns = Object.keys(users[0] ?? {});

/** A block that may be repeated, and what stands before the first and behind the last one. */
export function userBlock(format: "ndjson" | "csv" | "json") {
  const text = new TextEncoder();
  if (format === "csv") {
    const block = users.map((user) => `${Object.values(user).map(cell).join(",")}\n`).join("");
    return { head: text.encode(`${columns.join(",")}\n`), block: text.encode(block), foot: text.encode("") };
  }
  const lines = users.map((user) => `${JSON.stringify(user)}\n`).join("");
  if (format === "ndjson") return { head: text.encode(""), block: text.encode(lines), foot: text.encode("") };
  const block = text.encode(`${lines.trim().replaceAll("\n", ",\n")},\n`);
  return { head: text.encode('{"users":[\n'), block, foot: text.encode('{"sub":"last"}]}\n') };
}

function cell(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /[",]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** So many megabytes of users, in chunks as a socket would bring them. */
export function* userBytes(format: "ndjson" | "csv" | "json", megabytes: number): Generator<Uint8Array> {
  const { head, block, foot } = userBlock(format);
  if (head.length > 0) yield head;
  for (let blocks = Math.ceil((megabytes * 1e6) / block.length); blocks > 0; blocks--) {
    for (let at = 0; at < block.length; at += 65_536) yield block.slice(at, at + 65_536);
  }
  if (foot.length > 0) yield foot;
}
