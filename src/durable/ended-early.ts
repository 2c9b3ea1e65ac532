import { insideOf } from "../client.js";
import { type Clock, systemClock } from "../model/clock.js";
import { deepFreeze } from "../model/deep-freeze.js";
import type { ExportError } from "../model/errors.js";
import type { ExportState } from "./export-state.js";

/** The end of a step whose budget is spent; a wait that the budget did not outlast is kept in the state. */
export function endedEarly(client: object, state: ExportState, endedBy: ExportError | undefined): StepEnd {
  const wakeAt = dueAt(client, state.connection, endedBy?.retryAt);
  return { state: wakeAt === undefined ? state : deepFreeze({ ...state, wakeAt }), endedBy };
}

/** A time of the provider's by the client's own clock, in ms since the epoch: the two may be hours apart. */
export function dueAt(client: object, connection: string, retryAt: Date | undefined): number | undefined {
  if (retryAt === undefined) return undefined;
  const inside = insideOf(client);
  const skewMs = inside ? inside.connectionNamed(connection).now() - inside.clock.now() : 0;
  return Math.ceil(retryAt.getTime() - skewMs);
}

/** The client's clock; of a client that somebody else has made the system's. */
export function clockOf(client: object): Clock {
  return insideOf(client)?.clock ?? systemClock;
}

/** What a step came to. */
export interface StepEnd {
  readonly state: ExportState;
  /** The end of the budget, where that ended it. */
  readonly endedBy?: ExportError | undefined;
}
