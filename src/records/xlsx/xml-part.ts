import { ExportError } from "../../model/errors.js";
import { nextTurn } from "../next-turn.js";
import { XmlText } from "./xml-text.js";
import { XmlToken } from "./xml-token.js";
import { XmlTokenizer } from "./xml-tokenizer.js";

/** A chunk may be a thousand times as large as what it was unpacked from. */
const PIECE_BYTES = 256 * 1024;
/** After so much text everything else that waits gets a turn: it takes some 40 ms. */
const TURN_BYTES = 2 * 1024 * 1024;
/** What a piece of text makes more than once costs as well: rows can be wide and nearly empty. */
const TAKEN_BYTES = 32 * 1024;

/**
 * Reads an XML document in constant memory, without keeping the event loop from its other work.
 *
 * @param take - reads tokens up to `more` and gives what it made of them; when it has enough it may stop earlier, and is
 *   called again. `undefined` means that the text so far is used up.
 * @throws ExportError `DECODE_FAILED`, and what the chunks throw
 */
export async function* parseXml<T>(
  chunks: AsyncIterable<Uint8Array>,
  label: string,
  take: (xml: XmlTokenizer) => T | undefined,
): AsyncGenerator<T, void, undefined> {
  const xml = new XmlTokenizer(label);
  const text = new XmlText(label);
  const iterator = chunks[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array(0);
  let sinceTurn = 0;
  try {
    for (let done = false; !done; ) {
      if (rest.length === 0) {
        const step = await iterator.next();
        done = step.done === true;
        rest = step.done ? rest : step.value;
      }
      const bytes = rest.length > PIECE_BYTES ? rest.subarray(0, PIECE_BYTES) : rest;
      rest = rest.subarray(bytes.length);
      sinceTurn += bytes.length;
      for (let isNew = true; ; ) {
        let taken: T | undefined;
        try {
          if (isNew) xml.write(text.decode(bytes, done));
          else sinceTurn += TAKEN_BYTES;
          isNew = false;
          taken = take(xml);
          if (done && taken === undefined) xml.end();
        } catch (error) {
          throw await damageBehind(iterator, error);
        }
        if (taken === undefined) break;
        yield taken;
        if (sinceTurn >= TURN_BYTES) sinceTurn = await nextTurn();
      }
      if (sinceTurn >= TURN_BYTES) sinceTurn = await nextTurn();
    }
  } finally {
    await iterator.return?.();
  }
}

/** Reads a whole document, element by element. */
export async function visitElements(
  chunks: AsyncIterable<Uint8Array>,
  label: string,
  visit: (xml: XmlTokenizer) => void,
): Promise<void> {
  const take = (xml: XmlTokenizer): undefined => {
    for (let token = xml.next(); token !== XmlToken.more; token = xml.next()) {
      if (token === XmlToken.open) visit(xml);
    }
  };
  for await (const _ of parseXml(chunks, label, take));
}

/**
 * XML that makes no sense is most often XML that was damaged on its way. The check of the member comes at its end, so
 * the rest is read for it, and the damage is what is reported.
 */
async function damageBehind(iterator: AsyncIterator<Uint8Array>, error: unknown): Promise<unknown> {
  if (!ExportError.isInstance(error) || error.code !== "DECODE_FAILED") return error;
  try {
    while (!(await iterator.next()).done);
    return error;
  } catch (found) {
    return found;
  }
}
