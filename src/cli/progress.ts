import type { ExportJob, LogFields, Logger } from "exportkit";
import type { SaveProgress } from "exportkit/node";
import { printable } from "../model/printable.js";

/** Where text goes: `process.stderr` and its like. */
export interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Tells a person how far a run is. What cannot be printed is left out: vendors choose some of the words. */
export interface Progress {
  job(job: ExportJob): void;
  file(progress: SaveProgress): void;
  /** What is worth knowing afterwards, too. */
  say(text: string): void;
  /** Leaves the line that is rewritten. */
  end(): void;
}

export interface ProgressOptions {
  readonly quiet: boolean;
  readonly isColoured?: boolean;
  /** Of a clock that only moves on, in ms. */
  readonly now?: () => number;
}

const EVERY_MS = 100;
const BAR = 20;

/** The line of progress is for a terminal alone: a log, or the mail of a cron job, gets what is said and nothing else. */
export function createProgress(
  terminal: Terminal,
  { quiet, isColoured = false, now = () => performance.now() }: ProgressOptions,
): Progress {
  let shownAt = Number.NEGATIVE_INFINITY;
  let pending = false;
  let began: { readonly at: number; readonly done: number } | undefined;
  let waitingSince: number | undefined;

  const end = () => {
    if (pending) terminal.write("\r\u001b[K");
    pending = false;
  };
  const update = (text: string) => {
    if (quiet || !terminal.isTTY || now() - shownAt < EVERY_MS) return;
    shownAt = now();
    const line = printable(text).slice(0, (terminal.columns ?? 80) - 1);
    terminal.write(`\r\u001b[K${isColoured ? `\u001b[36m${line}\u001b[39m` : line}`);
    pending = true;
  };
  return {
    end,
    say(text) {
      if (quiet) return;
      end();
      terminal.write(`${printable(text)}\n`);
    },
    job({ id, status, progress, polls, retryAfterMs }) {
      waitingSince ??= now();
      const { completed, total, unit } = progress ?? {};
      const part = completed === undefined ? "" : `, ${completed}${total ? ` of ${total}` : ""} ${unit}`;
      const waited = `${seconds((now() - waitingSince) / 1_000)}, asked ${polls} times`;
      const next = retryAfterMs > 0 ? `, next in ${seconds(retryAfterMs / 1_000)}` : "";
      update(`waiting for the vendor: export ${id} is ${status}${part} (${waited}${next})`);
    },
    file({ bytesWritten, bytesRead, records, totalBytes, totalRecords }) {
      // By bytes where their number is known, else by records. What an earlier run did says nothing about speed.
      const [done, total] = totalBytes ? [bytesRead, totalBytes] : [records, totalRecords ?? 0];
      if (began === undefined || done < began.done) began = { at: now(), done };
      const elapsed = (now() - began.at) / 1_000;
      const speed = elapsed > 0 ? (done - began.done) / elapsed : 0;
      const share = total > 0 ? Math.min(1, done / total) : undefined;
      const facts = [
        share !== undefined && `${bar(share)} ${Math.floor(share * 100)} %`,
        `${(bytesWritten / 1e6).toFixed(1)} MB`,
        records > 0 && `${records} records`,
        speed > 0 && (totalBytes ? `${(speed / 1e6).toFixed(1)} MB/s` : `${Math.round(speed)} records/s`),
        share !== undefined && share < 1 && speed > 0 && `${seconds((total - done) / speed)} left`,
      ];
      update(`saving ${facts.filter(Boolean).join("  ")}`);
    },
  };
}

function bar(share: number): string {
  const full = Math.floor(share * BAR);
  return `[${"#".repeat(full)}${"-".repeat(BAR - full)}]`;
}

function seconds(count: number): string {
  const whole = Math.max(0, Math.round(count));
  if (whole < 60) return `${whole} s`;
  return whole < 3_600
    ? `${Math.floor(whole / 60)} min ${whole % 60} s`
    : `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

/** Every message of the client on a line of its own, with its fields as `name=value`. */
export function verboseLogger(progress: Progress): Logger {
  const line = ({ connection: _, provider: __, ...fields }: LogFields, message: string) => {
    const pairs = Object.entries(fields).map(([name, value]) => ` ${name}=${value}`);
    progress.say(message + pairs.join(""));
  };
  return { debug: line, info: line, warn: line, error: line };
}
