import { archiveError } from "../zip/archive-error.js";
import type { ZipArchive, ZipEntry } from "../zip/directory.js";
import { type MemberProgress, readMember } from "../zip/member.js";
import type { ArchiveLimits } from "./archive-limits.js";
import { visitElements } from "./xml-part.js";
import type { XmlTokenizer } from "./xml-tokenizer.js";

/** The parts of one workbook file (ECMA-376 part 2, Open Packaging Conventions). */
export interface Package {
  readonly archive: ZipArchive;
  /** By name in lower case, without a leading slash: part names do not tell case apart. */
  readonly parts: ReadonlyMap<string, ZipEntry>;
  readonly limits: ArchiveLimits;
}

export interface Relationship {
  /** The last word of its type: `"worksheet"`. Transitional and strict documents differ only before it. */
  readonly type: string;
  /** The part it leads to. */
  readonly target: string;
}

/** @throws ExportError `DECODE_FAILED` where two parts have the same name */
export function openPackage(archive: ZipArchive, limits: ArchiveLimits): Package {
  const parts = new Map<string, ZipEntry>();
  for (const entry of archive.entries) {
    const name = entry.name.toLowerCase();
    if (parts.has(name)) {
      throw archiveError("DECODE_FAILED", `${archive.label} holds two parts of one name.`, {
        details: { member: entry.name },
      });
    }
    parts.set(name, entry);
  }
  return { archive, parts, limits };
}

/** Whether an archive is itself a workbook, and not an archive of workbooks. */
export function isPackage(archive: ZipArchive): boolean {
  return archive.entries.some(({ name }) => /^(\[content_types\]\.xml|xl\/workbook\.xml)$/i.test(name));
}

export function findPart(pack: Package, name: string): ZipEntry | undefined {
  const found = pack.parts.get(name.toLowerCase());
  if (found || !name.includes("%")) return found;
  try {
    return pack.parts.get(decodeURIComponent(name).toLowerCase());
  } catch {
    return undefined;
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
 * What a part relates to, by relationship id; `""` is the package itself.
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
      target: resolveTarget(pack, folder, target),
    });
  });
  return found;
}

function resolveTarget(pack: Package, folder: string, target: string): string {
  const path: string[] = [];
  for (const segment of (target.startsWith("/") ? target : folder + target).split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") path.push(segment);
    else if (path.pop() === undefined) {
      throw archiveError(
        "DECODE_FAILED",
        `${pack.archive.label} refers to a part outside of itself; it may be an attack.`,
      );
    }
  }
  return path.join("/");
}
