declare module "pg-copy-streams" {
  import type { Submittable } from "pg";
  export function from(text: string): Submittable & NodeJS.WritableStream;
  export function to(text: string): Submittable & NodeJS.ReadableStream;
}
