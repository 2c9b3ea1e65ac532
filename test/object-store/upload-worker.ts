// Runs in workerd: one invocation of an upload to R2.
import { createExportClient } from "exportkit";
import { authgear } from "exportkit/authgear";
import { type R2BucketLike, r2Target, uploadExport } from "exportkit/object-store";

interface Invocation {
  readonly endpoint: string;
  readonly token: string;
  readonly job: unknown;
  readonly state?: unknown;
  readonly requests?: number;
}

export default {
  async fetch(request: Request, env: { readonly BUCKET: R2BucketLike }): Promise<Response> {
    const { endpoint, token, job, state, requests } = (await request.json()) as Invocation;
    const client = createExportClient({ providers: { users: authgear({ endpoint, token }) } });
    const result = await uploadExport(
      client,
      client.parseJob(job),
      r2Target(env.BUCKET, "from-worker.csv.gz"),
      {
        format: "csv",
        gzip: true,
        state,
        budget: requests === undefined ? undefined : { requests },
      },
    );
    return Response.json(result);
  },
};
