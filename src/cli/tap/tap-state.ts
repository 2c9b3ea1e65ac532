import type { ExportState } from "exportkit/durable";
import { isObject } from "../../model/json.js";
import { UsageError } from "../usage-error.js";

/** What is known of a stream: the run that is under way, and when the last whole one began, by the vendor's clock. */
export interface Bookmark {
  readonly run?: ExportState;
  readonly watermark?: string;
}

export interface Bookmarks {
  readonly [stream: string]: Bookmark;
}

/** The bookmarks in a state: as it was written, in its message, or as Meltano keeps it. */
export function bookmarksOf(state: unknown): Bookmarks {
  if (state === undefined || state === null) return {};
  if (isObject(state)) {
    if (state.type === "STATE") return bookmarksOf(state.value);
    if (state.singer_state !== undefined) return bookmarksOf(state.singer_state);
    const { bookmarks } = state;
    if (bookmarks === undefined && Object.keys(state).length === 0) return {};
    if (isObject(bookmarks) && Object.values(bookmarks).every(isObject)) return bookmarks as Bookmarks;
  }
  throw new UsageError(
    "the state is not one of this tap: give what the target printed last, or leave --state out",
  );
}
