export { createZephrEmulator, type ZephrEmulator } from "./emulator.js";
export type { ZephrBodyShape, ZephrEmulatorOptions, ZephrOrder, ZephrRateLimit } from "./options.js";
export { type ZephrEmulatorItem, type ZephrItemOptions, zephrItem, zephrUserId } from "./users.js";
