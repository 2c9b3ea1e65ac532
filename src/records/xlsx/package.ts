import { archiveError, beyondLimit } from "../zip/archive-error.js";
import type { ArchiveLimits } from "../zip/archive-limits.js";
import type { ZipArchive, ZipEntry } from "../zip/directory.js";
import { type MemberProgress, readMember } from "../zip/member.js";
import { visitElements } from "./xml-part.js";
import type { XmlTokenizer } from "./xml-tokenizer.js";

/** The parts of one workbook file (ECMA-376 part 2, Open Packaging Conventions). */
export interface Package {
  readonly archive: ZipArchive;
  /** By name in the form of `partKey`. Several of one name are all there. */
  readonly parts: ReadonlyMap<string, readonly ZipEntry[]>;
  readonly limits: ArchiveLimits;
}

export interface Relationship {
  /** The last word of its type: `"worksheet"`. Transitional and strict documents differ only before it. */
  readonly type: string;
  /** The part it leads to, by one of these names; none where two relationships have its id. */
  readonly targets: readonly string[];
  /** Whether its target was written with more `..` than there are folders to leave. */
  readonly climbs: boolean;
}

export function openPackage(archive: ZipArchive, limits: ArchiveLimits): Package {
  const parts = new Map<string, ZipEntry[]>();
  for (const entry of archive.entries) {
    const name = partKey(entry.name);
    const known = parts.get(name);
    if (known) known.push(entry);
    else parts.set(name, [entry]);
  }
  return { archive, parts, limits };
}

/** @throws ExportError `DECODE_FAILED` where two parts have the name: which one counts, nobody can tell */
export function findPart(pack: Package, name: string): ZipEntry | undefined {
  const found = pack.parts.get(partKey(name));
  if (found !== undefined && found.length > 1) {
    throw archiveError("DECODE_FAILED", `${pack.archive.label} holds two parts of one name.`, {
      details: { member: name },
    });
  }
  return found?.[0];
}

/** Part names do not tell case apart, and characters from those that are written as `%20`. */
function partKey(name: string): string {
  try {
    return decodeURIComponent(name).toLowerCase();
  } catch {
    return name.toLowerCase();
  }
}

/** The part that a relationship leads to. */
export function partOf(pack: Package, { targets }: Relationship): ZipEntry | undefined {
  for (const target of targets) {
    const part = findPart(pack, target);
    if (part) return part;
  }
  return undefined;
}

/** The content of a part of any size; `progress` is kept up to date, chunk by chunk. */
export function readPart(
  pack: Package,
  part: ZipEntry,
  progress?: MemberProgress,
): AsyncIterable<Uint8Array> {
  return readMember(pack.archive, part, pack.limits.inflate, progress);
}

/** Visits each element of a small part. */
export async function visitPart(
  pack: Package,
  part: ZipEntry,
  visit: (xml: XmlTokenizer) => void,
): Promise<void> {
  const label = partLabel(pack, part);
  const { maxBufferedBytes } = pack.limits;
  if (part.size > maxBufferedBytes) {
    throw beyondLimit(
      maxBufferedBytes,
      `${label} has ${part.size} bytes, and maxBufferedBytes allows ${maxBufferedBytes}.`,
    );
  }
  await visitElements(readPart(pack, part), label, visit);
}

/** More sheets, formats or relationships than this no program writes; a small archive can list millions. */
const MOST_LISTED = 0x10000;

/** @throws ExportError `LIMIT_EXCEEDED` */
export function checkCount(pack: Package, part: ZipEntry, count: number, what: string): void {
  if (count <= MOST_LISTED) return;
  throw beyondLimit(MOST_LISTED, `${partLabel(pack, part)} has more than ${MOST_LISTED} ${what}.`);
}

export function partLabel(pack: Package, part: ZipEntry): string {
  return `${part.name} in ${pack.archive.label}`;
}

/**
 * What a part relates to, by relationship id; `""` is the package itself. Where a relationship leads is for those to
 * judge who follow it: most are never followed.
 *
 * @throws ExportError `DECODE_FAILED`
 */
export async function readRelationships(
  pack: Package,
  owner: string,
): Promise<ReadonlyMap<string, Relationship>> {
  const slash = owner.lastIndexOf("/") + 1;
  const folder = owner.slice(0, slash);
  const part = findPart(pack, `${folder}_rels/${owner.slice(slash)}.rels`);
  const found = new Map<string, Relationship>();
  if (!part) return found;
  await visitPart(pack, part, (xml) => {
    if (xml.name !== "Relationship" || xml.attribute("TargetMode") === "External") return;
    const id = xml.attribute("Id");
    const type = xml.attribute("Type");
    const target = xml.attribute("Target");
    if (id === undefined || type === undefined || target === undefined) return;
    const relationship = { type: lastWord(type), ...resolveTarget(folder, target) };
    const other = found.get(id);
    const isSame =
      !other || (other.type === relationship.type && other.targets[0] === relationship.targets[0]);
    checkCount(pack, part, found.size + 1, "relationships");
    found.set(id, isSame ? relationship : { ...relationship, targets: [] });
  });
  return found;
}

/** `"worksheet"` of `"http://…/relationships/worksheet"`, in lower case. */
function lastWord(type: string): string {
  const words = type.trim().split("/");
  return words.findLast((word) => word !== "")?.toLowerCase() ?? "";
}

/**
 * A reference is resolved as RFC 3986 (5.2.4) does it: what would climb out stays within, at the top. Some writers leave
 * out the slash before a name that begins at the top.
 */
function resolveTarget(folder: string, target: string): Pick<Relationship, "targets" | "climbs"> {
  const reference = target
    .trim()
    .replaceAll("\\", "/")
    .replace(/[#?].*$/s, "");
  const whole = resolvePath(reference);
  if (reference.startsWith("/") || folder === "") return { targets: [whole.path], climbs: whole.climbs };
  const { path, climbs } = resolvePath(folder + reference);
  return { targets: [path, whole.path], climbs };
}

function resolvePath(reference: string): { readonly path: string; readonly climbs: boolean } {
  const path: string[] = [];
  let climbs = false;
  for (const segment of reference.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") path.push(segment);
    else if (path.pop() === undefined) climbs = true;
  }
  return { path: path.join("/"), climbs };
}
