import type { ExportError } from "exportkit";
import {
  armScenario,
  createTestClock,
  type FaultCase,
  faultScenarios,
  serveEmulator,
} from "exportkit/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { casesOf, setups } from "./setups.js";

// What waits, hangs or trickles is covered by the whole runs; one poll under it only takes its time.
const isPrompt = ({ operation, scenario }: FaultCase) =>
  operation === "poll" && scenario.faults.every(({ fault }) => !/^(hang|stall|drip)$/.test(fault.type));

describe.each(setups.filter(({ vendor }) => vendor !== "zephr"))("one poll at $name", (setup) => {
  it.each(casesOf(setup).filter(isPrompt))("never fails the job: $scenario.name", async (tested) => {
    const { scenario, operation, expected } = tested;
    const clock = createTestClock();
    const { emulator, connect } = setup.create(clock);
    const server = await serveEmulator(emulator);
    onTestFinished(() => server.close());
    const client = connect({ clock });
    const job = await client.start();
    const armed = await armScenario(scenario, { emulator, operation, server });
    const polled = await client.poll(job).catch((error: ExportError) => error);
    if (polled instanceof Error) {
      // Whoever polls by hand can tell from this alone whether to come back.
      expect(polled.retryable).toBe(
        expected.outcome === "recovers" || (expected.outcome === "fails" && expected.retryable),
      );
      expect(polled.job).toEqual(job);
    } else expect(polled.status).toBe("succeeded");
    // A second one only with newer credentials.
    const polls = emulator.requests.filter((request) => request.operation === "poll");
    expect(polls.length).toBeLessThanOrEqual(2);
    await armed.lift();
    if (expected.outcome !== "fails") expect((await client.wait(job)).status).toBe("succeeded");
  });

  it("is put through most scenarios", () => {
    expect(casesOf(setup).filter(isPrompt).length).toBeGreaterThan(faultScenarios.length / 2);
  });
});
