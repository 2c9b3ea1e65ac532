import type { LinkedAbort } from "../model/abort.js";
import type { FetchedPage } from "./fetch-page.js";

/** A page under way. */
export interface PageRequest {
  readonly link: LinkedAbort;
  /** Settles when the page or its failure is here; never rejects. */
  arrival: Promise<void>;
  /** Whether an attempt has failed, and another one may follow. */
  hasFailed?: boolean;
}

/** What is left of a page that came and was not wanted any more. */
export type Unwanted = Pick<FetchedPage, "sentAt" | "receivedAt" | "total">;

/**
 * Pages that nobody wants any more. A listing that changes may have changed between their answers and the others', there
 * and back: so those under way are waited for before another page is believed, though not the retries of one that failed.
 */
export class StrayPages {
  readonly #requests = new Set<PageRequest>();
  #answers: readonly Unwanted[] = [];

  /** What came, as far back as it matters. */
  get answers(): readonly Unwanted[] {
    return this.#answers;
  }

  add(request: PageRequest): void {
    if (request.hasFailed) abandon(request);
    else this.#requests.add(request);
  }

  onFailed(request: PageRequest): void {
    request.hasFailed = true;
    if (this.#requests.has(request)) abandon(request);
  }

  onAnswer({ sentAt, receivedAt, total }: FetchedPage): void {
    this.#answers = [...this.#answers, { sentAt, receivedAt, total }];
  }

  /** What came before this page was asked for does not matter any more. */
  forgetBefore({ sentAt }: FetchedPage): void {
    this.#answers = this.#answers.filter(({ receivedAt }) => receivedAt > sentAt);
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    for (const request of this.#requests) {
      await request.arrival;
      this.#requests.delete(request);
    }
  }

  close(): void {
    for (const request of this.#requests) abandon(request);
    this.#requests.clear();
  }
}

export function abandon({ link }: PageRequest): void {
  link.abort(new DOMException("the page is not needed any more", "AbortError"));
}
