// How often a start arrives at the vendor, counted there, whatever becomes of the connection. Each case is told to the
// runtime as plain data (`arrivals-scenario.js`) and arranged on the vendor's side.

export const cases = ["lost", "restarts", "gone", "misdirected", "abort-before", "abort-after"];

/** What each case means, for FAULTS.md. */
export const titles = {
  lost: "the connection is lost after the vendor acted",
  restarts: "the vendor acts, restarts, and is away for 400 ms",
  gone: "the vendor acts and does not come back",
  misdirected: "the vendor answers 421",
  "abort-before": "the caller gives up before",
  "abort-after": "the caller gives up after",
};

const LONG_MS = 400;

const faults = {
  lost: { type: "reset", effect: true },
  restarts: { type: "hang", effect: true },
  gone: { type: "hang", effect: true },
  misdirected: { type: "status", status: 421 },
};

/**
 * Runs one case: a first start over a connection that is kept, and a second one that meets the fault. `run` carries the
 * scenario out on a runtime. Resolves with the number of arrivals of the second start, and what its caller saw.
 */
export async function arrivalsOf(vendor, name, run) {
  // Zephr's start asks for a page.
  const on = vendor.vendor === "zephr" ? "page" : "start";
  const fault = faults[name];
  const served = await vendor.serve({
    faults: fault ? [{ on, after: 1, fault }] : [],
    latencyMs: name === "abort-after" ? LONG_MS : 0,
  });
  const { emulator, server } = served;
  const starts = () => emulator.requests.filter(({ operation }) => operation === on).length;
  let over = false;
  const upset = async () => {
    while (starts() < 2 && !over) await pause(5);
    if (over) return;
    const reopen = await server.refuse();
    await pause(LONG_MS);
    if (name === "restarts") await reopen();
  };
  const upsetting = name === "restarts" || name === "gone" ? upset() : undefined;
  try {
    const { options, request } = served;
    const outcome = await run({ vendor: vendor.vendor, options, request, abort: abortMs[name] });
    over = true;
    await upsetting;
    return `${starts() - 1}, ${outcome}`;
  } finally {
    over = true;
    await served.close();
  }
}

const abortMs = { "abort-before": 0, "abort-after": LONG_MS / 2 };

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
