import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { avepoint } from "exportkit/avepoint";
import { createTestClock } from "exportkit/testing";
import { zephr } from "exportkit/zephr";
import { expect, it } from "vitest";
import { readFileHeaders } from "../../src/artifact/file-headers.js";
import { judgeRangeAnswer } from "../../src/artifact/range-answer.js";
import { httpDate } from "../../src/model/http-date.js";

// What the generated inputs of this folder have found, each by itself.

/** A client whose vendors answer these texts, one after the other, the last one again and again. */
function answering(...answers: readonly (string | { readonly status: number; readonly text: string })[]) {
  let index = 0;
  return createExportClient({
    providers: {
      users: authgear({ endpoint: "https://a.example", token: "a-token-of-ours" }),
      access: avepoint({ dataCenter: "us", clientId: "app", clientSecret: "client-secret" }),
      readers: zephr({ tenantId: "news", accessKey: "key", secretKey: "secret-key" }),
    },
    clock: createTestClock(),
    fetch: async () => {
      const answer = answers[Math.min(index++, answers.length - 1)] ?? "";
      const { status, text } = typeof answer === "string" ? { status: 200, text: answer } : answer;
      return new Response(text, { status, headers: { "content-type": "application/json" } });
    },
  });
}

const noPrimitive = '{"toString":1,"valueOf":1}';
const deep = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
const report = { report: "sitePermissions", siteUrls: ["https://a.example"] } as const;

it("Authgear: a task of the last day that there is", async () => {
  const task = { id: "1", status: "pending", created_at: "+275760-09-13T00:00:00Z" };
  const job = await answering(JSON.stringify({ result: task })).startExport("users", { format: "ndjson" });
  expect(job).toMatchObject({ status: "pending", createdAt: "+275760-09-13T00:00:00.000Z" });
  expect(job).not.toHaveProperty("expiresAt");
});

it.each(["users", "access"] as const)("%s: an id with a lone surrogate in it", async (connection) => {
  const client = answering(
    ...(connection === "access" ? ['{"access_token":"t"}'] : []),
    '{"result":{"id":"\\ud800","status":"pending"},"jobId":"\\ud800","status":200}',
    { status: 404, text: '{"error":{"reason":"TaskNotFound"},"status":404,"message":"no such job"}' },
  );
  const job =
    connection === "users"
      ? await client.startExport("users", { format: "ndjson" })
      : await client.startExport("access", report);
  expect(await client.pollExport(job)).toMatchObject({ status: "expired" });
});

it("Authgear: causes of a refusal that cannot be made words", async () => {
  const text = `{"error":{"reason":"ValidationFailed","info":{"causes":[{"location":${noPrimitive},"kind":${noPrimitive}}]}}}`;
  await expect(
    answering({ status: 400, text }).startExport("users", { format: "ndjson" }),
  ).rejects.toMatchObject({
    code: "REQUEST_INVALID",
    message: expect.stringContaining("the whole: refused"),
  });
});

it("Authgear: causes of a refusal nested deeper than the stack reaches", async () => {
  const text = `{"error":{"reason":"ValidationFailed","info":{"causes":${deep(20_000)}}}}`;
  const client = answering({ status: 400, text });
  await expect(client.startExport("users", { format: "ndjson" })).rejects.toMatchObject({
    code: "REQUEST_INVALID",
  });
});

it.each([noPrimitive, deep(20_000)])(
  "AvePoint: a token's lifetime that no number can be made of",
  async (value) => {
    const client = answering(`{"access_token":"t","expires_in":${value}}`, '{"jobId":"1","status":200}');
    expect(await client.startExport("access", report)).toMatchObject({ id: "1" });
  },
);

async function readersOf(...pages: readonly string[]): Promise<unknown[]> {
  const client = answering('{"results":[],"meta":{}}', ...pages);
  const records: unknown[] = [];
  for await (const record of await client.runExport("readers", { pageSize: 1 })) records.push(record);
  return records;
}

it.each([noPrimitive, deep(20_000)])("Zephr: a next page whose number is none", async (number) => {
  const first = `{"results":[{"user":{"user_id":"1"}}],"links":{"next":{"page":${number}}}}`;
  expect(
    await readersOf(first, '{"results":[{"user":{"user_id":"2"}}],"links":{"first":{"page":1}}}'),
  ).toHaveLength(2);
});

it("Zephr: users with identifiers nested deeper than records may be", async () => {
  const user = `{"user":{"identifiers":{"a":${deep(20_000)}}}}`;
  await expect(readersOf(`{"results":[${user}]}`)).rejects.toMatchObject({ code: "RECORD_INVALID" });
});

it("a checkpoint with a cursor nested too deep to be told from others", async () => {
  const client = answering('{"results":[{"user":{"user_id":"1"}}],"links":{"first":{"page":1}}}');
  const job = await client.startExport("readers", {});
  const position = { offset: 1, record: 1, page: 1, cursor: { a: JSON.parse(deep(20_000)) }, known: [] };
  const checkpoint = { version: 1, connection: "readers", jobId: job.id, mode: "records", position } as const;
  await expect(client.download(job, { checkpoint })).rejects.toMatchObject({ code: "JOB_INVALID" });
});

it("a date after the year 9999 is no HTTP date", () => {
  expect(httpDate("Fri, 31 Dec 9999 23:59:59 GMT")).toBe(253_402_300_799_000);
  expect(httpDate("Sat, 13 Sep 275760 00:00:00 GMT")).toBeUndefined();
});

it("a stored job that is nested deeper than the stack", async () => {
  const client = answering('{"results":[{"user":{"user_id":"1"}}],"links":{"first":{"page":1}}}');
  const job = await client.startExport("readers", {});
  expect(() => client.parseJob({ ...job, beside: JSON.parse(deep(3_000)) })).toThrow(
    "the job cannot be used here: it is nested more than 513 levels deep, or holds itself",
  );
});

it("a length beyond every file is refused", () => {
  const headers = new Headers({ "content-length": "9".repeat(30) });
  const answer = judgeRangeAnswer(200, readFileHeaders(headers), { offset: 0, end: undefined, identity: {} });
  expect(answer).toMatchObject({ kind: "wrong" });
});
