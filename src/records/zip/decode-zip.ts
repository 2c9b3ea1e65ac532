import { ExportError } from "../../model/errors.js";
import type { Artifact } from "../../spec/artifact.js";
import type { DecodeOptions, RecordBatch, RecordDecoder, ResumeState } from "../../spec/records.js";
import { nestedBatch, nestedName } from "../nested-batch.js";
import { archiveError } from "./archive-error.js";
import { type ArchiveLimits, ArchiveScope, limitsOf } from "./archive-limits.js";
import type { ZipOptions } from "./archive-options.js";
import { type ArchiveState, checkpointMismatch, contentMismatch, readArchiveState } from "./archive-state.js";
import { openArtifact } from "./artifact-source.js";
import { openArchive, type ZipArchive, type ZipEntry } from "./directory.js";
import { confirmDirectory, fingerprintOf, reasonFor } from "./fingerprint.js";
import { knownMemberName } from "./member.js";
import { MemberArtifact } from "./member-artifact.js";

const MOST_WARNINGS = 20;
/** macOS puts its notes about a file beside it, under the same extension, and Office one about the user that has it open. */
const NOTES = /(^|\/)(__MACOSX\/|\._|\.DS_Store$|~\$)/;

type Inner<R> = RecordDecoder<R> | ((name: string) => RecordDecoder<R> | undefined);

/** A member, and what reads it. */
interface ChosenMember<R> {
  readonly entry: ZipEntry;
  readonly decoder: RecordDecoder<R>;
}

export async function* decodeZip<R>(
  artifact: Artifact,
  inner: Inner<R>,
  zipOptions: ZipOptions<R>,
  given: DecodeOptions,
): AsyncGenerator<RecordBatch<R>, void, undefined> {
  const warn = atMost(MOST_WARNINGS, given.warn);
  const { onColumns } = given;
  const options: DecodeOptions = { ...given, warn };
  const limits = limitsOf(zipOptions, given);
  const source = await openArtifact(artifact, limits.memory, memberName(given, artifact));
  const archive = await openArchive(source, "The archive", limits.maxBufferedBytes);
  if (typeof inner === "object" && inner.opens?.(archive.entries.map(({ name }) => name))) {
    yield* inner.decode(artifact, { ...options, within: new ArchiveScope(limits, source) });
    return;
  }
  const resume = readArchiveState(given.state);
  const directory = await fingerprintOf(archive);
  for (const remark of archive.remarks) warn(remark);
  if (resume?.proof && resume.proof.directory !== directory) throw contentMismatch();
  const decoderOf = (name: string) => decoderFor(name, inner, zipOptions.members);
  const { members, passedOver } = chosenMembers(archive, decoderOf);
  if (members.length === 0) throw nothingToRead(inner);
  for (const remark of oddities(members, passedOver)) warn(remark);
  // One flipped bit of a name in the directory, and its records would be missing without a word.
  for (const entry of resume ? [] : passedOver) {
    const name = entry.size > 0 ? await knownMemberName(archive, entry) : undefined;
    if (name !== undefined && decoderOf(name)) throw misnamed(name, entry.name);
  }
  if (resume && members[resume.file]?.entry.name !== resume.fileName) throw checkpointMismatch();

  const confirm = () => confirmDirectory(archive, directory, limits.maxBufferedBytes, contentMismatch);
  let record = resume ? resume.record - resume.inner.record : 0;
  const memberOptions: DecodeOptions =
    onColumns && members.length > 1 ? { ...options, onColumns: (names) => onColumns(names, true) } : options;
  try {
    for (const [file, { entry, decoder }] of members.entries()) {
      const begun = file === resume?.file ? resume : undefined;
      if (file < (resume?.file ?? 0)) continue;
      const member = new MemberArtifact(archive, entry, limits.inflate, begun?.proof);
      const place = { before: record, file, fileName: entry.name, directory };
      record = yield* decodeMember(member, decoder, place, begun?.inner, memberOptions, limits);
      // Each part of it fits its own directory; that this one is of the archive that was started shows only here.
      if (member.isReadInPlace) await confirm();
    }
  } catch (error) {
    throw await reasonFor(error, archive, confirm);
  }
}

/** The name of an archive that is itself the member of another one. */
function memberName({ within }: DecodeOptions, { fileName }: Artifact): string | undefined {
  return within instanceof ArchiveScope ? fileName : undefined;
}

/** @returns how many records lie before the next member */
async function* decodeMember<R>(
  member: MemberArtifact,
  decoder: RecordDecoder<R>,
  place: {
    readonly before: number;
    readonly file: number;
    readonly fileName: string;
    readonly directory: string;
  },
  state: ResumeState | undefined,
  options: DecodeOptions,
  limits: ArchiveLimits,
): AsyncGenerator<RecordBatch<R>, number, undefined> {
  const { before, file, fileName, directory } = place;
  let count = state?.record ?? 0;
  try {
    for await (const batch of decoder.decode(member, {
      ...options,
      state,
      within: new ArchiveScope(limits),
    })) {
      count += batch.entries.length;
      const { bytes, crc32 } = member.progress;
      const proof = { directory, ...(!member.isReadInPlace && { bytes, crc32 }) };
      yield nestedBatch(batch, {
        before,
        file: fileName,
        stateOf: (inner): ArchiveState => ({
          offset: 0,
          record: before + inner.record,
          file,
          fileName,
          inner,
          proof,
        }),
      });
    }
  } catch (error) {
    throw inMember(error, fileName, before);
  }
  return before + count;
}

/** What reads the member of a name; `undefined` for one that is passed over. */
function decoderFor<R>(
  name: string,
  inner: Inner<R>,
  isWanted: (name: string) => boolean = () => true,
): RecordDecoder<R> | undefined {
  if (name.endsWith("/") || NOTES.test(name) || !isWanted(name)) return undefined;
  const decoder = typeof inner === "function" ? inner(name) : inner;
  return (decoder?.accepts?.(name) ?? true) ? decoder : undefined;
}

/**
 * @returns `passedOver`: those that are left out by their names
 * @throws ExportError `DECODE_FAILED` where one has two names that disagree about it
 */
function chosenMembers<R>(
  { entries }: ZipArchive,
  decoderOf: (name: string) => RecordDecoder<R> | undefined,
): { readonly members: readonly ChosenMember<R>[]; readonly passedOver: readonly ZipEntry[] } {
  const members: ChosenMember<R>[] = [];
  const passedOver: ZipEntry[] = [];
  for (const entry of entries) {
    const { name, otherName } = entry;
    const decoder = decoderOf(name);
    if (decoder) members.push({ entry, decoder });
    else if (otherName !== undefined && decoderOf(otherName)) throw misnamed(otherName, name);
    else passedOver.push(entry);
  }
  return { members, passedOver };
}

function misnamed(name: string, listed: string): ExportError {
  return archiveError(
    "DECODE_FAILED",
    `${name} has another name in the archive's directory, by which it would not be read (${listed}). ` +
      "Download the archive again.",
  );
}

function nothingToRead<R>(inner: Inner<R>): ExportError {
  const what =
    typeof inner === "object" && inner.accepts ? `file of the format ${inner.format}` : "file to read";
  return archiveError("DECODE_FAILED", `The archive holds no ${what}.`);
}

/** What may be a record too many or too few, and nobody can tell. */
function* oddities<R>(
  members: readonly ChosenMember<R>[],
  passedOver: readonly ZipEntry[],
): Generator<string, void, undefined> {
  const names = new Set<string>();
  for (const { name } of members.map(({ entry }) => entry)) {
    if (names.has(name)) yield `The archive holds ${name} more than once; all are read.`;
    names.add(name);
  }
  for (const { name, size } of passedOver) {
    if (name.endsWith("/") && size > 0)
      yield `The folder ${name} in the archive has content, which was passed over.`;
  }
}

/** What went wrong in a member, with its place in the archive; what a decoder of text says of its file, with the name, too. */
function inMember(error: unknown, file: string, before: number): unknown {
  if (!ExportError.isInstance(error) || error.operation !== "decode") return error;
  const { code, message, operation, details, cause } = error;
  const { record, line, file: inner } = details ?? {};
  return new ExportError(code, line === undefined ? message : `${file} in the archive: ${message}`, {
    operation,
    cause,
    details: {
      ...details,
      ...(typeof record === "number" && { record: before + record }),
      file: nestedName(file, typeof inner === "string" ? inner : undefined),
    },
  });
}

/** An archive made to be a nuisance may give cause for millions of warnings. */
function atMost(most: number, warn: (message: string) => void = () => {}): (message: string) => void {
  let count = 0;
  return (message) => {
    if (++count < most) warn(message);
    else if (count === most) warn(`${message} Further warnings about this archive are left out.`);
  };
}
