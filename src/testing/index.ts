/**
 * Emulated vendors for tests and demonstrations: as a `fetch`, behind MSW, and behind a loopback server.
 *
 * @module
 */
export * from "./authgear/index.js";
export * from "./avepoint/index.js";
export { createTestClock, type TestClock, type TestClockOptions } from "./clock.js";
export {
  createEmulator,
  type Emulator,
  type EmulatorClock,
  type EmulatorDefinition,
  type EmulatorOrigins,
  type EmulatorRequest,
  type EmulatorRole,
} from "./emulator.js";
export type { Fault, FaultedRequest, FaultPlan, FaultRule, FaultTarget } from "./faults.js";
export type { ReplyOverrides } from "./faulty-reply.js";
export type { EmulatorOperation, RecordedRequest } from "./journal.js";
export { type MswHttp, mswHandlers } from "./msw.js";
export { type RangeReply, rangeReply, type SelectedRange, selectRange } from "./range.js";
export { type EmulatorReply, type ReplyBody, textReply } from "./reply.js";
export * from "./scenarios/index.js";
export { type ServedEmulator, type ServeOptions, serveEmulator } from "./server.js";
export { createShiftableClock, type ShiftableClock } from "./shiftable-clock.js";
export * from "./zephr/index.js";
