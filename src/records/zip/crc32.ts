let tables: Int32Array | undefined;

/** Eight tables of 256: the loop below then takes eight bytes a turn ("slicing by 8"). */
function makeTables(): Int32Array {
  const made = new Int32Array(8 * 256);
  for (const index of made.keys()) {
    const before = made[index - 256];
    made[index] = before === undefined ? ofByte(index) : (before >>> 8) ^ (made[before & 0xff] as number);
  }
  return made;
}

function ofByte(byte: number): number {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
}

/**
 * The CRC-32 of ZIP, in steps.
 *
 * @param previous - the result for the bytes before these; 0 at the beginning
 */
export function crc32(bytes: Uint8Array, previous = 0): number {
  tables ??= makeTables();
  const table = tables;
  const look = (index: number): number => table[index] as number;
  let crc = ~previous;
  let at = 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (const end = bytes.length - 7; at < end; at += 8) {
    const low = crc ^ view.getInt32(at, true);
    const high = view.getInt32(at + 4, true);
    crc =
      look(0x700 | (low & 0xff)) ^
      look(0x600 | ((low >>> 8) & 0xff)) ^
      look(0x500 | ((low >>> 16) & 0xff)) ^
      look(0x400 | (low >>> 24)) ^
      look(0x300 | (high & 0xff)) ^
      look(0x200 | ((high >>> 8) & 0xff)) ^
      look(0x100 | ((high >>> 16) & 0xff)) ^
      look(high >>> 24);
  }
  for (; at < bytes.length; at++) crc = (crc >>> 8) ^ look((crc ^ view.getUint8(at)) & 0xff);
  return ~crc >>> 0;
}
