// The program that is killed: uploads one export, and keeps the state in a file. Its only argument is an `UploadTask` as
// JSON.
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { AwsClient } from "aws4fetch";
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { s3Target, uploadExport } from "exportkit/object-store";

export interface UploadTask {
  readonly vendor: string;
  readonly token: string;
  readonly job: unknown;
  readonly s3: string;
  readonly bucket: string;
  readonly key: string;
  readonly partBytes: number;
  readonly stateFile: string;
}

const task = JSON.parse(process.argv[2] ?? "") as UploadTask;
const client = createExportClient({
  providers: { users: authgear({ endpoint: task.vendor, token: task.token }) },
});
const aws = new AwsClient({
  accessKeyId: "S3RVER",
  secretAccessKey: "S3RVER",
  region: "us-east-1",
  retries: 0,
});
const target = s3Target({ client: aws, endpoint: task.s3, bucket: task.bucket, key: task.key });

function known(): unknown {
  try {
    return JSON.parse(readFileSync(task.stateFile, "utf8"));
  } catch {
    return undefined;
  }
}

const { size } = await uploadExport(client, client.parseJob(task.job), target, {
  format: "csv",
  partBytes: task.partBytes,
  state: known(),
  onState: (state) => {
    writeFileSync(`${task.stateFile}.new`, JSON.stringify(state));
    renameSync(`${task.stateFile}.new`, task.stateFile);
  },
});
console.log(size);
