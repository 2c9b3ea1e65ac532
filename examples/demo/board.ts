// One line a vendor, rewritten in place on a terminal; on a pipe one line whenever a step is done.
const steps = new Map<string, string>();
let drawn = 0;

export function show(vendor: string, text: string, done = false): void {
  const line = `${vendor.padEnd(9)} ${text}`;
  if (!process.stdout.isTTY) {
    if (done) console.log(line);
    return;
  }
  steps.set(vendor, line);
  if (drawn > 0) process.stdout.write(`\u001b[${drawn}A`);
  for (const step of steps.values())
    process.stdout.write(`\u001b[2K${step.slice(0, process.stdout.columns - 1)}\n`);
  drawn = steps.size;
}

export function bar(done: number, total: number | undefined): string {
  if (total === undefined || total === 0) return "";
  const filled = Math.min(24, Math.round((24 * done) / total));
  return `${"█".repeat(filled)}${"░".repeat(24 - filled)} ${String(Math.floor((100 * done) / total)).padStart(3)} %`;
}

export const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`;
