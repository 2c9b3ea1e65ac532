import { archiveError } from "../zip/archive-error.js";
import type { ArchiveLimits } from "../zip/archive-limits.js";
import type { ZipArchive, ZipEntry } from "../zip/directory.js";
import { type MemberProgress, readMember } from "../zip/member.js";
import { visitElements } from "./xml-part.js";
import type { XmlTokenizer } from "./xml-tokenizer.js";

/** The parts of one workbook file (ECMA-376 part 2, Open Packaging Conventions). */
export interface Package {
  readonly archive: ZipArchive;
  /** By name in lower case: part names do not tell case apart. Several of one name are all there. */
  readonly parts: ReadonlyMap<string, readonly ZipEntry[]>;
  readonly limits: ArchiveLimits;
}

export interface Relationship {
  /** The last word of its type: `"worksheet"`. Transitional and strict documents differ only before it. */
  readonly type: string;
  /** The part it leads to. */
  readonly target: string;
  /** Whether its target was written with more `..` than there are folders to leave. */
  readonly climbs: boolean;
}

export function openPackage(archive: ZipArchive, limits: ArchiveLimits): Package {
  const parts = new Map<string, ZipEntry[]>();
  for (const entry of archive.entries) {
    const name = entry.name.toLowerCase();
    const known = parts.get(name);
    if (known) known.push(entry);
    else parts.set(name, [entry]);
  }
  return { archive, parts, limits };
}

/** @throws ExportError `DECODE_FAILED` where two parts have the name: which one counts, nobody can tell */
export function findPart(pack: Package, name: string): ZipEntry | undefined {
  const found = pack.parts.get(name.toLowerCase()) ?? pack.parts.get(unescaped(name).toLowerCase());
  if (found !== undefined && found.length > 1) {
    throw archiveError("DECODE_FAILED", `${pack.archive.label} holds two parts of one name.`, {
      details: { member: name },
    });
  }
  return found?.[0];
}

function unescaped(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
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
  if (part.size > pack.limits.maxBufferedBytes) {
    throw archiveError(
      "LIMIT_EXCEEDED",
      `${label} has ${part.size} bytes, and maxBufferedBytes allows ${pack.limits.maxBufferedBytes}.`,
    );
  }
  await visitElements(readPart(pack, part), label, visit);
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
    found.set(id, {
      type: type.slice(type.lastIndexOf("/") + 1),
      ...resolveTarget(folder, target),
    });
  });
  return found;
}

/** A reference is resolved as RFC 3986 (5.2.4) does it: what would climb out stays within, at the top. */

function resolveTarget(folder: string, target: string): Pick<Relationship, "target" | "climbs"> {
  const path: string[] = [];
  let climbs = false;
  const reference = target.replaceAll("\\", "/");
  for (const segment of (reference.startsWith("/") ? reference : folder + reference).split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") path.push(segment);
    else if (path.pop() === undefined) climbs = true;
  }
  return { target: path.join("/"), climbs };
}
