import type { JsonObject } from "../model/json.js";

/** What the records of an export look like, for a table, a catalogue or a validator. */
export interface RecordSchema {
  /** A JSON Schema (draft 7) of one record. What it does not name may come as well. */
  readonly schema: JsonObject;
  /**
   * The members that identify a record together: by name, or by a path such as `user.user_id`. Absent where nothing does.
   */
  readonly key?: readonly string[];
}
