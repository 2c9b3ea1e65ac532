// What workflow.ts uses of the types that `wrangler types` makes in a project of yours.
declare module "cloudflare:workers" {
  export abstract class WorkflowEntrypoint<Env, Params> {
    protected readonly env: Env;
    abstract run(event: WorkflowEvent<Params>, step: WorkflowStep): Promise<unknown>;
  }
  export interface WorkflowEvent<Params> {
    readonly payload: Params;
  }
  export interface WorkflowStep {
    do<T>(name: string, options: object, run: () => Promise<T>): Promise<T>;
    sleep(name: string, ms: number): Promise<void>;
  }
}
