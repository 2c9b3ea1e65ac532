import type { ExportJob } from "../model/job.js";
import type { JsonValue } from "../model/json.js";
import type { ArtifactLocation } from "./artifact.js";
import type { ProviderContext } from "./context.js";
import type { PagedRecords, RecordDecoder } from "./records.js";

/** What an adapter tells of the file that a finished job leaves behind a URL. */
export interface FileDeliveryOptions<Request> {
  /**
   * Where the file is. Asked again whenever a fresh URL is needed.
   *
   * A list where the job left several files, always the same ones in the same order: their records come as one stream, with
   * one checkpoint, and `bytes()` gives them one behind the other where the format allows that (`ndjson`), else it is
   * `NOT_SUPPORTED`. An empty list is an export without records.
   */
  locate(
    context: ProviderContext,
    job: ExportJob<string, Request>,
  ): Promise<ArtifactLocation | readonly ArtifactLocation[]>;
  /** How the bytes of a job's file become records. */
  records(job: ExportJob<string, Request>): RecordDecoder<unknown>;
  /** What it may mean, in a sentence, that a finished job's file is not in the store; it follows on the error's message. */
  whenMissing?(job: ExportJob<string, Request>): string | undefined;
}

/** What an adapter tells of a listing that is read page by page. */
export interface PagedDeliveryOptions<Request, R = unknown> {
  /** The page at `cursor`, by one request; the first page where there is none. */
  fetchPage(
    context: ProviderContext,
    job: ExportJob<string, Request>,
    cursor: PageCursor | undefined,
  ): Promise<Page>;
  /**
   * Guesses the cursor after `cursor` before its page has come, so that pages can be fetched ahead; `undefined` where
   * there can be none. A wrong guess costs a request and nothing else. `total` is what pages have told last.
   */
  predictCursor?(
    job: ExportJob<string, Request>,
    cursor: PageCursor | undefined,
    total: number | undefined,
  ): PageCursor | undefined;
  /** How the items of a job's pages become records. */
  records(job: ExportJob<string, Request>): PagedRecords<R>;
}

/** The part of the engine that reads what an adapter delivers. Only exportkit makes one and calls it. */
export interface DeliveryEngine {
  /** Opens a delivery. */
  open(...call: never): Promise<unknown>;
}

/** What `fileDelivery` makes. */
export interface FileDelivery<Request = unknown> extends FileDeliveryOptions<Request> {
  /** A file behind a URL. */
  readonly kind: "file";
  /** What reads it; made by the function that makes the delivery. */
  readonly engine: DeliveryEngine;
}

/** What `pagedDelivery` makes. */
export interface PagedDelivery<Request = unknown> extends PagedDeliveryOptions<Request> {
  /** A listing, read page by page. */
  readonly kind: "pages";
  /** What reads it; made by the function that makes the delivery. */
  readonly engine: DeliveryEngine;
}

/** How what a job made comes to the caller: as a file behind a URL or as pages. */
export type Delivery<Request = unknown> = FileDelivery<Request> | PagedDelivery<Request>;

/** What one request for a page of a listing gives. */
export interface Page {
  /** The page's items, in the vendor's order. */
  readonly items: readonly unknown[];
  /** The cursor of the page after this one; `undefined` at the end. */
  readonly next?: PageCursor | undefined;
  /** The names of the items' columns in their order, where the page has any (a page of CSV). */
  readonly columns?: readonly string[] | undefined;
  /**
   * How many records the listing held when this page was read, where the provider tells. Tell it whenever it is known:
   * a listing that changes while it is read is noticed by it.
   */
  readonly total?: number | undefined;
  /**
   * The answer may have been the whole listing, from a provider that passed over the paging parameters: if the next
   * page turns out to be the same again, this was all. Without it a page that repeats is refused.
   */
  readonly endsIfRepeated?: boolean | undefined;
}

/** Where the next page is: plain data of the provider's own making. */
export type PageCursor = { readonly [key: string]: JsonValue };
