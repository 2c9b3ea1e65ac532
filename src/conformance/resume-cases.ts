import type { Checkpoint } from "../download/types.js";
import type { Emulator } from "../testing/emulator.js";
import { type ConformanceCase, type ConformanceOptions, check } from "./conformance-case.js";
import { finishedJob, readAll, subjectOf } from "./subject.js";

// Every place of a small export; of a large one its ends and a spread between them.
const MOST_PLACES = 24;

/** A checkpoint after any record continues with the next one, in another process. */
export function resumeCases<E extends Emulator>(options: ConformanceOptions<E>): readonly ConformanceCase[] {
  return [
    {
      kind: "resume",
      name: "resume: a checkpoint after any record continues with the next one",
      async run() {
        const subject = await subjectOf(options);
        const job = await finishedJob(subject, options);
        const whole = (await readAll(await subject.client.download(job))).map(options.identityOf);
        for (const place of places(whole.length)) {
          const checkpoint = await checkpointAfter(place);
          const other = await subject.connect();
          const rest = await readAll(
            await other.download(other.parseJob(JSON.parse(JSON.stringify(job))), { checkpoint }),
          );
          const got = [...whole.slice(0, place), ...rest.map(options.identityOf)];
          check(
            got.join("\n") === whole.join("\n"),
            `after record ${place} the rest was not what follows: ${rest.length} records`,
          );
        }

        async function checkpointAfter(place: number): Promise<Checkpoint> {
          const download = await subject.client.download(job);
          let seen = 0;
          if (place > 0) for await (const _ of download) if (++seen === place) break;
          return JSON.parse(JSON.stringify(download.checkpoint()));
        }
      },
    },
    {
      kind: "resume",
      name: "resume: the bytes are the same whole and in two parts",
      async run() {
        const subject = await subjectOf(options);
        const job = await finishedJob(subject, options);
        const whole = await bytesOf((await subject.client.download(job)).bytes());
        const download = await subject.client.download(job);
        const reader = download.bytes().getReader();
        const first = (await reader.read()).value ?? new Uint8Array();
        const checkpoint = JSON.parse(JSON.stringify(download.checkpoint()));
        await reader.cancel();
        const other = await subject.connect();
        const resumed = await other.download(other.parseJob(JSON.parse(JSON.stringify(job))), { checkpoint });
        const rest = await bytesOf(resumed.bytes());
        const joined = new Uint8Array([...first, ...rest]);
        check(
          joined.byteLength === whole.byteLength && joined.every((byte, index) => byte === whole[index]),
          `${first.byteLength} and ${rest.byteLength} bytes are not the ${whole.byteLength} of the whole`,
        );
      },
    },
  ];
}

function places(count: number): readonly number[] {
  const step = Math.max(1, Math.ceil(count / MOST_PLACES));
  const spread = Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
  return [...new Set([...spread, count - 1, count])].filter((place) => place >= 0);
}

async function bytesOf(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(stream as unknown as BodyInit).arrayBuffer());
}
