export {
  type AvepointCertificatePeriod,
  type AvepointTestCertificate,
  generateAvepointCertificate,
} from "./certificate.js";
export { type AvepointEmulator, createAvepointEmulator } from "./emulator.js";
export type { AvepointJob } from "./job.js";
export type {
  AvepointAnswerType,
  AvepointEmulatorClient,
  AvepointEmulatorOptions,
  AvepointOutcome,
} from "./options.js";
export {
  type AvepointEmulatorRow,
  type AvepointFile,
  type AvepointFileOptions,
  avepointFileBytes,
  avepointRows,
} from "./report-file.js";
