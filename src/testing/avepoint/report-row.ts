/** A cell of an emulated report, before it becomes XML. Times are UTC and fall on a quarter of a day. */
export type ReportCell =
  | { readonly kind: "inline" | "shared" | "error"; readonly text: string }
  | { readonly kind: "number" | "formula"; readonly value: number }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "date" | "datetime"; readonly ms: number }
  | { readonly kind: "empty" };

/** After so many rows the cells repeat; only numbers count on. */
export const rowsPerCycle = 100;

/** The headers of a details sheet. */
export const reportHeaders = [
  "Object",
  "Object Type",
  "Data Source",
  "Site",
  "User",
  "Email",
  "Permission",
  "External",
  "Size (KB)",
  "Shared On",
  "Expires",
  "Risk",
] as const;

const objectTypes = ["Folder", "File", "List Item", "Site Collection"];
const dataSources = ["SharePoint Online", "OneDrive", "Microsoft Teams"];
const users = [
  "Ada Lovelace",
  "José Ñandú",
  "山田 太郎",
  "O'Brien & Söhne <GmbH>",
  'Grace "Amazing" Hopper',
  "🦊 Fox",
  "line one\nline two",
  "literal _x0041_ text",
  "  padded  ",
  "tab\tinside",
];
const permissions = ["Full Control", "Edit", "Read", "Limited Access"];
const firstDay = Date.UTC(2024, 0, 1);
const dayMs = 86_400_000;

/**
 * The cells of a row.
 *
 * @param id - the number of the row with leading zeros; its last two digits are the place in the cycle
 * @param revision - another one gives every row the cells of another
 */
export function reportCells(
  id: string,
  place: number,
  workbook: number,
  revision: number,
): readonly ReportCell[] {
  const v = (place + revision * 37) % rowsPerCycle;
  const pick = (list: readonly string[]): ReportCell => ({
    kind: "shared",
    text: list[v % list.length] ?? "",
  });
  const at = firstDay + v * dayMs;
  return [
    {
      kind: "inline",
      text: `https://contoso.sharepoint.com/sites/team-${v}/Shared Documents/file ${id} & co.docx`,
    },
    pick(objectTypes),
    pick(dataSources),
    { kind: "shared", text: `Team ${v}-${workbook}` },
    pick(users),
    { kind: "inline", text: `user${id}@contoso.com` },
    pick(permissions),
    { kind: "boolean", value: v % 3 === 0 },
    { kind: "number", value: [0, 12, 0.5, 1_500_000, 48.25][v % 5] ?? 0 },
    { kind: "datetime", ms: at + (v % 4) * (dayMs / 4) },
    v % 2 === 0 ? { kind: "empty" } : { kind: "date", ms: at + 30 * dayMs },
    riskOf(v),
  ];
}

/** Some rows end before the last column, some with an error, some with the stored value of a formula. */
function riskOf(v: number): ReportCell {
  if (v % 10 === 4) return { kind: "error", text: "#N/A" };
  if (v % 10 === 7) return { kind: "formula", value: v / 4 };
  return v % 3 === 1 ? { kind: "empty" } : { kind: "number", value: v };
}

/** Every text that is shared, in the order of its workbook's table. */
export function sharedTexts(workbook: number): readonly string[] {
  const teams = Array.from({ length: rowsPerCycle }, (_, v) => `Team ${v}-${workbook}`);
  const all = [...objectTypes, ...dataSources, ...users, ...permissions, ...teams];
  // Another order in each workbook, so that one's table does not fit another's sheets.
  const turn = (workbook * 7) % all.length;
  return [...all.slice(turn), ...all.slice(0, turn)];
}
