import type { Artifact } from "../spec/artifact.js";
import type { ResumableArtifact } from "./resumable-artifact.js";

/** What decoders see of an artifact. */
export function artifactView(artifact: ResumableArtifact): Artifact {
  return {
    // Known only after a range where the first answer tells none.
    get size() {
      return artifact.size;
    },
    get contentType() {
      return artifact.contentType;
    },
    get fileName() {
      return artifact.fileName;
    },
    get validated() {
      return artifact.validated;
    },
    get encoded() {
      return artifact.identity.encoded;
    },
    stream: (offset, restart) => artifact.stream(offset, restart),
    read: (start, end) => artifact.read(start, end),
  };
}
