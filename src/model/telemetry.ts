import type { ExportEvent } from "./events.js";

/** Watches all that a client does, as `openTelemetry` of `exportkit/otel` does. */
export interface Telemetry {
  /** Receives what `onEvent` receives. What it throws is dropped. */
  onEvent(event: ExportEvent): void;
  /**
   * Called around the sending of each request, for tracers that would see it too: returns what `run` returns. Default:
   * nothing is around it.
   */
  around?<T>(run: () => T): T;
}
