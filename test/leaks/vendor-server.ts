import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import {
  createAuthgearEmulator,
  createAvepointEmulator,
  createZephrEmulator,
  type FaultRule,
  serveEmulator,
} from "exportkit/testing";
import { onTestFinished } from "vitest";
import type { VendorAddresses } from "./endings-child.js";
import { watchedEmulator } from "./watched-emulator.js";

export const token = "leaks-token-0123456789";

/** Three vendors behind real sockets, and a door by which another process sets faults and asks what is open. */
export async function serveVendors(): Promise<VendorAddresses> {
  const vendors = {
    users: watchedEmulator(createAuthgearEmulator({ tokens: [token], users: 3_000 })),
    access: watchedEmulator(createAvepointEmulator({ tokens: [token], rows: 20_000, parts: "stored" })),
    readers: watchedEmulator(createZephrEmulator({ keys: { key: "secret-key" }, users: 2_000 })),
  } as const;
  for (const { emulator } of Object.values(vendors)) {
    const served = await serveEmulator(emulator);
    onTestFinished(() => served.close());
  }
  const control = createServer((request, response) => {
    const { searchParams: asked } = new URL(request.url ?? "/", "http://control");
    const vendor = vendors[(asked.get("vendor") ?? "users") as keyof typeof vendors];
    const rules = JSON.parse(asked.get("faults") ?? "[]") as readonly FaultRule[];
    if (asked.has("faults")) vendor.emulator.faults.clear();
    for (const rule of rules) vendor.emulator.faults.add(rule);
    const open = Object.values(vendors).reduce((sum, watched) => sum + watched.open, 0);
    response.end(JSON.stringify({ open }));
  });
  await new Promise<void>((resolve) => control.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => new Promise<void>((resolve) => void control.close(() => resolve())));
  return {
    token,
    control: `http://127.0.0.1:${(control.address() as AddressInfo).port}`,
    users: vendors.users.emulator.endpoint,
    access: vendors.access.emulator.endpoint,
    readers: vendors.readers.emulator.endpoint,
  };
}
