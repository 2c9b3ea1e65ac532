import { expect, it } from "vitest";
import { readFileHeaders, type Validator } from "../../src/artifact/file-headers.js";
import type { ArtifactIdentity } from "../../src/artifact/identity.js";
import { judgeRangeAnswer } from "../../src/artifact/range-answer.js";
import fc from "../support/fast-check.js";
import { runs } from "../support/runs.js";

const validator: Validator = { kind: "etag", value: '"one"' };
const known: ArtifactIdentity = { validator, size: 1000 };
const judge = (
  status: number,
  headers: { readonly [name: string]: string },
  offset: number,
  identity: ArtifactIdentity = known,
  end?: number,
) => judgeRangeAnswer(status, readFileHeaders(new Headers(headers)), { offset, end, identity });

it("the first answer says what the artifact is", () => {
  expect(judge(200, { etag: '"one"', "content-length": "1000" }, 0, {})).toEqual({
    kind: "bytes",
    skip: 0,
    endsAt: 1000,
    whole: true,
    identity: { validator, size: 1000, encoded: false },
    proven: true,
  });
});

it("a first answer that tells little", () => {
  expect(judge(200, {}, 0, {})).toMatchObject({
    endsAt: undefined,
    identity: { validator: undefined, size: undefined },
  });
  // A length that is none is no answer without one: what it was meant to say is lost.
  for (const length of ["many", "-1", "10, 11", "1e3", "9007199254740993"])
    expect(judge(200, { "content-length": length }, 0, {})).toMatchObject({ code: "INTEGRITY" });
});

it("the length of a compressed answer is not the file's", () => {
  const answer = judge(200, { "content-encoding": "br", "content-length": "10" }, 0, {});
  expect(answer).toMatchObject({ endsAt: undefined, identity: { size: undefined, encoded: true } });
});

it("a part ends where it says, and is not the whole", () => {
  expect(judge(206, { "content-range": "bytes 400-599/1000", etag: '"one"' }, 400)).toEqual({
    kind: "bytes",
    skip: 0,
    endsAt: 600,
    whole: false,
    identity: { validator, size: 1000, encoded: undefined },
    proven: true,
  });
});

it("what is known is not forgotten for what a later answer tells", () => {
  const later = judge(206, { "content-range": "bytes 400-999/*", etag: '"one"', "last-modified": "x" }, 400);
  expect(later).toMatchObject({ identity: known });
});

it("a part may end before what was asked for, and not after", () => {
  expect(judge(206, { "content-range": "bytes 0-9/1000" }, 0, known, 20)).toMatchObject({
    kind: "bytes",
    endsAt: 10,
  });
  expect(judge(206, { "content-range": "bytes 0-19/1000" }, 0, known, 20)).toMatchObject({ kind: "bytes" });
  expect(judge(206, { "content-range": "bytes 0-20/1000" }, 0, known, 20)).toMatchObject({
    code: "INTEGRITY",
  });
});

it("an answer that contradicts itself is worse than one that contradicts what is known", () => {
  const both = { "content-range": "bytes 300-999/2000", "content-length": "1", etag: '"two"' };
  expect(judge(206, both, 400)).toMatchObject({ code: "INTEGRITY" });
});

it("whatever a store answers, bytes are taken only from where they belong and only of a file not known to be another", () => {
  const count = fc.integer({ min: 0, max: 12 });
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const tag = maybe(fc.constantFrom('"one"', '"two"', 'W/"one"'));
  fc.assert(
    fc.property(
      fc.constantFrom(200, 206, 416),
      fc.record({ start: count, end: count, total: maybe(count), length: maybe(count), tag }),
      fc.record({
        offset: count,
        size: maybe(count),
        validated: fc.boolean(),
        end: maybe(fc.integer({ min: 1, max: 13 })),
      }),
      (status, answer, question) => {
        const headers: { [name: string]: string } = {
          "content-range": `bytes ${answer.start}-${answer.end}/${answer.total ?? "*"}`,
          ...(answer.length !== undefined && { "content-length": `${answer.length}` }),
          ...(answer.tag !== undefined && { etag: answer.tag }),
        };
        const identity = { size: question.size, ...(question.validated && { validator }) };
        const verdict = judge(status, headers, question.offset, identity, question.end);
        if (verdict.kind === "wrong") return;
        if (verdict.kind === "end") {
          expect(status).toBe(416);
          return;
        }
        if (question.validated && answer.tag !== undefined) expect(answer.tag).toBe('"one"');
        if (question.size !== undefined) {
          expect(verdict.identity.size).toBe(question.size);
          expect(verdict.endsAt).toBeLessThanOrEqual(question.size);
        }
        // What follows other bytes proves to belong to them; a range may do so by its content.
        const follows = question.offset > 0 && question.end === undefined;
        if (follows) expect(question.validated && answer.tag === '"one"').toBe(true);
        // Where no validator was known, the first strong one is from now on.
        expect(verdict.proven).toBe(
          answer.tag === '"one"' || (!question.validated && answer.tag === '"two"'),
        );
        if (status === 206) {
          expect(answer.start).toBe(question.offset);
          expect(verdict.skip).toBe(0);
          expect(verdict.endsAt).toBe(answer.end + 1);
        } else {
          expect([answer.start, answer.end + 1]).toEqual([0, answer.total]);
          expect(question.end).toBeUndefined();
          expect(verdict.skip).toBe(question.offset);
          if (question.offset > 0) expect(answer.tag).toBe('"one"');
        }
      },
    ),
    { numRuns: runs(600) },
  );
});
