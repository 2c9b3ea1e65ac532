import { type AuthgearCsvField, authgearExportBytes, authgearUser } from "exportkit/testing";
import { describe, expect, it } from "vitest";
import { csvCells, csvLine } from "../../../src/testing/authgear/csv.js";
import { collectBuffer } from "../../support/collect.js";

/** RFC 4180, read character by character: nothing in common with the writer. */
function parse(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? "";
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (character === '"' && cell === "") quoted = true;
    else if (character === "," || character === "\n") {
      row.push(cell);
      cell = "";
      if (character === "\n") {
        rows.push(row);
        row = [];
      }
    } else cell += character;
  }
  return rows;
}

async function rows(users: number, fields?: readonly AuthgearCsvField[]): Promise<string[][]> {
  const bytes = await collectBuffer(authgearExportBytes({ format: "csv", users, fields }));
  return parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
}

describe("what Go's encoding/csv writes", () => {
  it.each([
    [["a", "b"], "a,b\n"],
    [[""], "\n"],
    [["", ""], ",\n"],
    [["a,b"], '"a,b"\n'],
    [['say "x"'], '"say ""x"""\n'],
    [["a\nb"], '"a\nb"\n'],
    [["a\r\nb"], '"a\r\nb"\n'],
    [[" a"], '" a"\n'],
    [["\ta"], '"\ta"\n'],
    [["\u00a0a"], '"\u00a0a"\n'],
    [["\u0085a"], '"\u0085a"\n'],
    [["\ufeffa"], "\ufeffa\n"],
    [["a "], "a \n"],
    [["\\."], '"\\."\n'],
    [["=1+1"], "=1+1\n"],
    [["'"], "'\n"],
  ])("%j is %j", (cells, line) => {
    expect(csvLine(cells)).toBe(line);
  });
});

describe("cells", () => {
  const record = {
    sub: "x",
    yes: true,
    none: null,
    big: 1e21,
    small: -1.5e-7,
    tiny: 5e-324,
    int: 7,
    list: ["a", { b: 1, a: "<&>" }],
    "a/b~c": 1,
    empty: {},
  };
  it.each([
    ["/sub", "x"],
    ["/yes", "true"],
    ["/none", ""],
    ["/nowhere/at/all", ""],
    ["/big", "1000000000000000000000"],
    ["/small", "-0.00000015"],
    ["/tiny", `0.${"0".repeat(323)}5`],
    ["/int", "7"],
    ["/list", '["a",{"a":"\\u003c\\u0026\\u003e","b":1}]'],
    ["/list/0", "a"],
    ["/list/1/a", "<&>"],
    ["/list/2", ""],
    ["/list/x", ""],
    ["/a~1b~0c", "1"],
    ["/empty", "{}"],
    ["/toString", ""],
    ["/sub/length", ""],
  ])("%s holds %j", (pointer, cell) => {
    expect(csvCells(record, [{ pointer }])).toEqual([cell]);
  });
});

describe("files", () => {
  it("parse back to the same users", async () => {
    const [header = [], ...records] = await rows(230);
    expect(header).toHaveLength(44);
    expect(header.slice(0, 3)).toEqual(["sub", "preferred_username", "email"]);
    expect(header).toContain("address.street_address");
    expect(header).toContain("custom_attributes.member_id");
    const json = new Set(["roles", "groups", "identities", "mfa.emails", "mfa.phone_numbers", "mfa.totps"]);
    for (const [index, cells] of records.entries()) {
      expect(cells).toHaveLength(header.length);
      for (const [column, name] of header.entries()) {
        const cell = cells[column] ?? "";
        const value = name
          .split(".")
          .reduce<unknown>((part, key) => (part as never)?.[key], authgearUser(index));
        if (value === undefined) expect(cell, name).toBe("");
        else if (json.has(name)) expect(JSON.parse(cell), name).toEqual(value);
        else if (typeof value === "string") expect(cell, name).toBe(value);
        else expect(JSON.parse(cell), name).toBe(value);
      }
    }
    expect(records).toHaveLength(230);
  });

  it("of asked fields have their names and cells", async () => {
    const fields = [
      { pointer: "/email", field_name: 'E-mail, "primary"' },
      { pointer: "/roles/0" },
      { pointer: "/no" },
    ];
    const [header, ...records] = await rows(3, fields);
    expect(header).toEqual(['E-mail, "primary"', "roles.0", "no"]);
    expect(records[1]).toEqual(["user000000000001@example.com", "admin", ""]);
    expect(records[0]?.[1]).toBe("");
  });

  it("of one column have a blank line for an empty value", async () => {
    const bytes = await collectBuffer(
      authgearExportBytes({ format: "csv", users: 6, fields: [{ pointer: "/phone_number" }] }),
    );
    expect(new TextDecoder().decode(bytes)).toBe("phone_number\n\n+1000000000001\n\n\n\n+1000000000005\n");
  });

  it("of no users have only a header", async () => {
    expect(await rows(0, [{ pointer: "/sub" }])).toEqual([["sub"]]);
  });
});
