/** What windows-1252 has where ISO-8859-1 has control characters; the decoder of older versions of Node has those, too. */
const SIGNS = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

/** A decoded text with them, whatever the runtime made of their bytes. */
export function withSigns(text: string): string {
  return text.replace(/[\u0080-\u009f]/g, (control) => SIGNS[control.charCodeAt(0) - 0x80] ?? control);
}
