import type { Emulator } from "../testing/emulator.js";
import { type ConformanceCase, type ConformanceOptions, check } from "./conformance-case.js";
import { finishedJob, readAll, type Subject, subjectOf } from "./subject.js";

/** No credential shows anywhere, and none goes where it must not. */
export function secretsCases<E extends Emulator>(options: ConformanceOptions<E>): readonly ConformanceCase[] {
  return [
    {
      kind: "secrets",
      name: "secrets: nothing that is shown of an export holds one",
      async run() {
        const subject = await subjectOf(options);
        const job = await finishedJob(subject, options);
        const download = await subject.client.download(job);
        subject.show(job);
        await readAll(download);
        subject.show(download.checkpoint());
        searchFor(subject);
      },
    },
    {
      kind: "secrets",
      name: "secrets: nothing that is shown of a refusal holds one",
      async run() {
        for (const status of [400, 401, 403, 404, 500]) {
          for (const on of ["start", "poll", "page", "artifact"] as const) {
            const subject = await subjectOf(options);
            subject.emulator.faults.add({ on, times: 99, fault: { type: "status", status, body: "{}" } });
            try {
              await readAll(await subject.client.download(await finishedJob(subject, options)));
            } catch (error) {
              subject.show(error);
            }
            searchFor(subject);
          }
        }
      },
    },
    {
      kind: "secrets",
      name: "secrets: the vendor's credentials stay with the vendor",
      async run() {
        const subject = await subjectOf(options);
        await readAll(await subject.client.download(await finishedJob(subject, options)));
        const { origins, requests } = subject.emulator;
        const apart = origins.store !== undefined && origins.store !== origins.api;
        const astray = requests.filter(
          ({ origin, headers, operation }) =>
            headers.includes("authorization") &&
            (operation === "foreign" || (apart && origin === origins.store)),
        );
        check(astray.length === 0, `credentials were sent to ${astray[0]?.origin}`);
      },
    },
  ];
}

function searchFor(subject: Subject): void {
  const shown = subject.shown();
  for (const secret of subject.credentials)
    check(
      !shown.includes(secret),
      `a credential of ${secret.length} characters shows in an event, a log line, an error, a job or a checkpoint`,
    );
}
