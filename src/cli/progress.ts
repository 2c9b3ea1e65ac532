import type { ExportJob } from "exportkit";
import type { SaveProgress } from "exportkit/node";
import { printable } from "../model/printable.js";

/** Where text goes: `process.stderr` and its like. */
export interface Terminal {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** Tells a person how far a run is. What cannot be printed is left out: vendors choose some of the words. */
export interface Progress {
  job(job: ExportJob): void;
  file(progress: SaveProgress): void;
  say(text: string): void;
  /** Leaves the line that is rewritten. */
  end(): void;
}

// On a terminal one line is rewritten this often; a log gets a line this often.
const TERMINAL_MS = 100;
const LOG_MS = 30_000;

export function createProgress(terminal: Terminal, quiet: boolean): Progress {
  const everyMs = terminal.isTTY ? TERMINAL_MS : LOG_MS;
  let shownAt = Number.NEGATIVE_INFINITY;
  let status = "";
  let pending = false;

  const say = (text: string) => {
    if (quiet) return;
    end();
    terminal.write(`${printable(text)}\n`);
  };
  const end = () => {
    if (pending) terminal.write("\n");
    pending = false;
  };
  const update = (text: string) => {
    if (quiet || performance.now() - shownAt < everyMs) return;
    shownAt = performance.now();
    if (!terminal.isTTY) return say(text);
    terminal.write(`\r\u001b[K${printable(text)}`);
    pending = true;
  };
  return {
    say,
    end,
    job(job) {
      const { completed, total, unit } = job.progress ?? {};
      const part = completed === undefined ? "" : `, ${completed}${total ? ` of ${total}` : ""} ${unit}`;
      const line = `export ${job.id} is ${job.status}${part}`;
      if (job.status !== status) say(line);
      else update(line);
      status = job.status;
    },
    file({ bytesWritten, bytesRead, records, totalBytes, totalRecords }) {
      const share = totalBytes ? bytesRead / totalBytes : totalRecords ? records / totalRecords : undefined;
      const percent = share === undefined ? "" : `${Math.floor(Math.min(1, share) * 100)} %, `;
      const count = records > 0 ? `, ${records} records` : "";
      update(`saving: ${percent}${(bytesWritten / 1e6).toFixed(1)} MB${count}`);
    },
  };
}
