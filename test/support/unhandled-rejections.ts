import { afterEach, beforeEach, expect } from "vitest";
import { settle } from "./turns.js";

/** Fails each test of the file after which a rejection was left to nobody. */
export function refuseUnhandledRejections(): void {
  let unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  beforeEach(() => {
    unhandled = [];
    process.on("unhandledRejection", note);
  });
  afterEach(async () => {
    await settle();
    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
}
