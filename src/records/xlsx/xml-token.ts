/** What `XmlTokenizer.next` found. */
export const XmlToken = {
  /** All text so far has been read: write more. */
  more: 0,
  open: 1,
  close: 2,
  text: 3,
} as const;
export type XmlToken = (typeof XmlToken)[keyof typeof XmlToken];
