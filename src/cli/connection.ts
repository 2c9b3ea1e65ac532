import type { Clock, ExportClient, Providers } from "exportkit";
import { connect } from "./connect-vendor.js";
import { type Progress, verboseLogger } from "./progress.js";
import type { Saving } from "./saving.js";
import type { Environment, VendorName } from "./vendors.js";

/** A client of one vendor, under the vendor's name. */
export async function clientOf(
  vendor: VendorName,
  environment: Environment,
  given: { progress: Progress; verbose: boolean; saving?: Partial<Saving>; clock?: Clock | undefined },
): Promise<ExportClient<Providers>> {
  const { progress, verbose, saving = {}, clock } = given;
  const { integers, maxBufferedBytes } = saving;
  const provider = await connect(vendor, environment, saving);
  const { createExportClient } = await import("exportkit");
  return createExportClient({
    providers: { [vendor]: provider },
    ...(clock && { clock }),
    ...(integers && { integers }),
    ...(maxBufferedBytes !== undefined && { maxBufferedBytes }),
    ...(verbose && { logger: verboseLogger(progress) }),
  });
}
