/**
 * Emulated vendors for tests and demonstrations: as a `fetch`, behind MSW, and behind a loopback server.
 *
 * @module
 */
export * from "./authgear/index.js";
export * from "./avepoint/index.js";
export { createTestClock, type TestClock, type TestClockOptions } from "./clock.js";
export type { Emulator, EmulatorClock, EmulatorOrigins, EmulatorRequest, EmulatorRole } from "./emulator.js";
export type { Fault, FaultedRequest, FaultPlan, FaultRule, FaultTarget } from "./faults.js";
export type { EmulatorOperation, RecordedRequest } from "./journal.js";
export { type MswHttp, mswHandlers } from "./msw.js";
export type { EmulatorReply } from "./reply.js";
export * from "./scenarios/index.js";
export { type ServedEmulator, serveEmulator } from "./server.js";
export * from "./zephr/index.js";
