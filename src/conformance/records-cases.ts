import type { AnyProvider } from "../spec/provider.js";
import type { Emulator } from "../testing/emulator.js";
import { type ConformanceCase, type ConformanceOptions, check } from "./conformance-case.js";
import { finishedJob, LONGEST_WAIT_MS, readAll, rejection, subjectOf } from "./subject.js";

// Faults hit a file up to there.
const LEAST_BYTES = 3_000;

/** What holds where nothing goes wrong. */
export function recordsCases<E extends Emulator>(options: ConformanceOptions<E>): readonly ConformanceCase[] {
  const { records: expected, identityOf } = options;
  return [
    {
      kind: "records",
      name: "records: every record comes once, in the same order each time",
      async run() {
        const subject = await subjectOf(options);
        const job = await finishedJob(subject, options);
        const download = await subject.client.download(job);
        const { size } = download;
        check(
          size === undefined || size >= LEAST_BYTES,
          `the file has ${size} bytes; let the emulator's have ${LEAST_BYTES} or more, so that there is something to break`,
        );
        const first = (await readAll(download)).map(identityOf);
        const second = (await readAll(await subject.client.download(job))).map(identityOf);
        check(first.length === expected, `${first.length} records came instead of ${expected}`);
        check(new Set(first).size === expected, "some record came twice, or two have one identity");
        check(
          second.join("\n") === first.join("\n"),
          "a second reading gave other records, or another order",
        );
      },
    },
    {
      kind: "contract",
      name: "contract: one start sends one request for it",
      async run() {
        const subject = await subjectOf(options);
        const operation = startOperation(subject.provider);
        subject.mark();
        await subject.client.startExport("it", options.request as never);
        const sent = subject.since(operation);
        const hint =
          operation === "page"
            ? "; the start of a listing asks for its first page, so that a refusal shows"
            : "";
        check(sent === 1, `${sent} requests of the kind "${operation}" were sent for one start${hint}`);
      },
    },
    {
      kind: "contract",
      name: "contract: one poll sends one request at most",
      async run() {
        const subject = await subjectOf(options);
        const job = await subject.client.startExport("it", options.request as never);
        subject.mark();
        const polled = await subject.client.pollExport(job);
        check(subject.since("poll") <= 1, `${subject.since("poll")} status requests were sent by one poll`);
        if (job.status !== "succeeded") check(polled.polls === job.polls + 1, "the poll was not counted");
      },
    },
    {
      kind: "contract",
      name: "contract: a job is plain data, which another process resumes with",
      async run() {
        const subject = await subjectOf(options);
        const started = await subject.client.startExport("it", options.request as never);
        const other = await subject.connect();
        const job = await other.waitForExport(other.parseJob(JSON.parse(JSON.stringify(started))), {
          timeoutMs: LONGEST_WAIT_MS,
        });
        const third = await subject.connect();
        const download = await third.download(third.parseJob(JSON.parse(JSON.stringify(job))));
        const count = (await readAll(download)).length;
        check(count === expected, `${count} records came in another process instead of ${expected}`);
      },
    },
    ...(options.invalidRequests ?? []).map(
      (request, index): ConformanceCase => ({
        kind: "contract",
        name: `contract: invalid request ${index} is refused, and nothing is sent`,
        async run() {
          const subject = await subjectOf(options);
          const words = `startExport(${JSON.stringify(request)})`;
          const error = await rejection(subject.client.startExport("it", request as never), words);
          check(error.code === "REQUEST_INVALID", `${words}: ${error.code} instead of REQUEST_INVALID`);
          check(subject.emulator.requests.length === 0, `${words}: something was sent all the same`);
        },
      }),
    ),
  ];
}

/** A vendor whose start makes nothing is asked for a first page. */
export function startOperation({ capabilities, delivery }: AnyProvider) {
  return capabilities.jobs === "immediate" && delivery.kind === "pages" ? "page" : "start";
}
