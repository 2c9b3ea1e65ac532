/** Names that catch careless decoders: characters of two to four bytes, quotes, commas, line ends, formulas. */
export const oddNames: readonly string[] = [
  "Ada Lovelace",
  "Zoë Müller-Ångström",
  "山田 太郎",
  "😀 Smiley 👩‍👩‍👧‍👦",
  'Grace "Amazing" Hopper',
  "Doe, John, Jr.",
  "Line\nBreak",
  "Carriage\r\nReturn",
  " leading space",
  "trailing space ",
  "\ttab first",
  "O'Brien <b>&amp;</b>",
  '=HYPERLINK("https://evil.example","click")',
  "+1-555 or -1 or @home",
  "\\.",
  '"',
  "مُحَمَّد",
  "e\u0301 and \u00e9",
  "\u00a0no-break space first",
  "separators \u2028 and \u2029",
  "control \u0001 and \u007f",
  "\ufeffmark first",
  "null",
  "__proto__",
];

export const oddGivenNames: readonly string[] = ["Ada", "Zoë", "太郎", "😀", "Grace", "J,", "N\nN", ""];

/** Numbers whose text differs between formats. */
export const oddNumbers: readonly number[] = [
  0, 42, -7, 3.25, 1e21, 1.5e-7, 9007199254740991, 0.1, -0.000001,
];
