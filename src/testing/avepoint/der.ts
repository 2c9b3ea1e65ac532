/** An ASN.1 value in DER (X.690): tag, length, contents. */
export function der(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, part) => sum + part.byteLength, 0);
  const lengthBytes: number[] = [];
  if (length < 0x80) lengthBytes.push(length);
  else {
    for (let left = length; left > 0; left >>>= 8) lengthBytes.unshift(left & 0xff);
    lengthBytes.unshift(0x80 | lengthBytes.length);
  }
  const value = new Uint8Array(1 + lengthBytes.length + length);
  value.set([tag, ...lengthBytes]);
  let at = 1 + lengthBytes.length;
  for (const part of contents) {
    value.set(part, at);
    at += part.byteLength;
  }
  return value;
}

export const sequence = (...items: readonly Uint8Array[]) => der(0x30, ...items);
export const set = (...items: readonly Uint8Array[]) => der(0x31, ...items);
export const nothing = () => der(0x05);
export const bitString = (bytes: Uint8Array) => der(0x03, Uint8Array.of(0), bytes);
export const utf8String = (text: string) => der(0x0c, new TextEncoder().encode(text));

/** A whole number that is not negative: a leading zero keeps its highest bit from being a sign. */
export function integer(bytes: Uint8Array): Uint8Array {
  return (bytes[0] ?? 0) < 0x80 ? der(0x02, bytes) : der(0x02, Uint8Array.of(0), bytes);
}

/** An object identifier, such as `1.2.840.113549.1.1.11`. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...others] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second];
  for (const number of others) {
    const groups = [number & 0x7f];
    for (let left = number >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f));
    bytes.push(...groups);
  }
  return der(0x06, Uint8Array.from(bytes));
}

/** A moment, to the second: `YYMMDDhhmmssZ` for the years 1950 to 2049, `YYYYMMDDhhmmssZ` for others (RFC 5280). */
export function time(ms: number): Uint8Array {
  const text = `${new Date(ms).toISOString().slice(0, 19).replace(/[-:T]/g, "")}Z`;
  const isShort = text >= "1950" && text < "2050";
  return der(isShort ? 0x17 : 0x18, new TextEncoder().encode(isShort ? text.slice(2) : text));
}

/** What {@link time} wrote, in ms. */
export function timeIn({ tag, contents }: Tlv): number {
  const text = new TextDecoder().decode(contents);
  const whole = tag === 0x18 ? text : `${text < "50" ? "20" : "19"}${text}`;
  return Date.parse(whole.replace(/^(....)(..)(..)(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z"));
}

/** An ASN.1 value as it is read. */
export interface Tlv {
  readonly tag: number;
  readonly contents: Uint8Array;
}

/** The values that stand side by side in the contents of a sequence. */
export function valuesIn(bytes: Uint8Array): readonly Tlv[] {
  const values: Tlv[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    at += 2;
    if (length >= 0x80) {
      const end = at + (length & 0x7f);
      for (length = 0; at < end; at++) length = length * 256 + (bytes[at] ?? 0);
    }
    values.push({ tag, contents: bytes.subarray(at, at + length) });
    at += length;
  }
  return values;
}
