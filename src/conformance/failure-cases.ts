import type { Emulator } from "../testing/emulator.js";
import { type ConformanceCase, type ConformanceOptions, check } from "./conformance-case.js";
import { finishedJob, LONGEST_WAIT_MS, readAll, rejection, subjectOf } from "./subject.js";

/** How exports end that do not end well, as far as the emulator can be made to. */
export function failureCases<E extends Emulator>(options: ConformanceOptions<E>): readonly ConformanceCase[] {
  const { failed, forgotten, unknownStatus, grown } = options.arrange ?? {};
  const cases: ConformanceCase[] = [];
  if (failed) {
    cases.push({
      kind: "failures",
      name: "failures: an export that fails is a failed job, and EXPORT_FAILED to whoever waits",
      async run() {
        const subject = await subjectOf(options);
        failed(subject.emulator);
        const job = await subject.client.startExport("it", options.request as never);
        const error = await rejection(
          subject.client.waitForExport(job, { timeoutMs: LONGEST_WAIT_MS }),
          "waiting for an export that fails",
        );
        check(
          error.code === "EXPORT_FAILED",
          `it must end with EXPORT_FAILED, and ended with ${error.code}: ${error.message}`,
        );
        check(error.job?.status === "failed", `the job is ${error.job?.status} instead of failed`);
        check((error.job?.failure?.message ?? "") !== "", "the job's failure says nothing");
      },
    });
  }
  if (forgotten) {
    cases.push({
      kind: "failures",
      name: "failures: an export that the vendor has forgotten is an expired job",
      async run() {
        const subject = await subjectOf(options);
        const job = await subject.client.startExport("it", options.request as never);
        forgotten(subject.emulator);
        const error = await rejection(
          subject.client.waitForExport(job, { timeoutMs: LONGEST_WAIT_MS }),
          "waiting for a forgotten export",
        );
        check(
          error.code === "EXPORT_EXPIRED",
          `it must end with EXPORT_EXPIRED, and ended with ${error.code}: ${error.message}`,
        );
      },
    });
  }
  if (unknownStatus) {
    cases.push({
      kind: "failures",
      name: "failures: an unknown status means that the export still runs",
      async run() {
        const subject = await subjectOf(options);
        unknownStatus(subject.emulator);
        const job = await subject.client.startExport("it", options.request as never);
        const { status } = await subject.client.pollExport(job);
        check(status === "running" || status === "pending", `the job is ${status}`);
      },
    });
  }
  if (grown) {
    cases.push({
      kind: "paging",
      name: "paging: who was there at the beginning comes once, though others are added meanwhile",
      async run() {
        const subject = await subjectOf(options);
        const still = await subjectOf(options);
        const expected = await readAll(await still.client.download(await finishedJob(still, options)));
        const job = await finishedJob(subject, options);
        const seen: string[] = [];
        for await (const record of await subject.client.download(job)) {
          seen.push(options.identityOf(record));
          if (seen.length === 1) grown(subject.emulator);
        }
        check(new Set(seen).size === seen.length, "some record came twice");
        const missing = expected.map(options.identityOf).filter((identity) => !seen.includes(identity));
        check(missing.length === 0, `${missing.length} records never came`);
      },
    });
  }
  return cases;
}
