import { isObject } from "./model/json.js";
import { shown } from "./model/printable.js";
import { wrongOption } from "./model/wrong-option.js";

/** Checks the connections; throws `CONFIG_INVALID` naming the one that is wrong. */
export function checkProviders(options: { readonly providers: object }): void {
  const invalid = (field: string, problem: string) => wrongOption("createExportClient", field, problem);
  if (!isObject(options)) throw invalid("options", "must be an object with providers");
  const { providers } = options;
  if (!isObject(providers)) throw invalid("providers", "must be an object of connections by name");
  if (Object.keys(providers).length === 0) throw invalid("providers", "must name at least one connection");
  for (const [name, provider] of Object.entries(providers)) {
    const problem = name === "" ? "must have a name" : providerProblem(provider);
    if (problem) throw invalid(`providers.${name}`, problem);
  }
}

function providerProblem(provider: unknown): string | undefined {
  if (!isObject(provider) || provider.spec === undefined)
    return "must be a provider, such as authgear({ … })";
  if (provider.spec !== 1) return `must be a provider of contract version 1, not ${shown(provider.spec)}`;
  const missing = missingOf(provider, "start", "poll");
  if (missing) return `must have the functions ${missing}`;
  if (typeof provider.name !== "string" || provider.name === "") return "must have a name";
  const schema = isObject(provider.requestSchema) ? provider.requestSchema["~standard"] : undefined;
  if (!isObject(schema) || typeof schema.validate !== "function") {
    return "must have a requestSchema in the shape of Standard Schema";
  }
  const { pace, origins, authorize } = provider;
  const problem = deliveryProblem(provider);
  if (problem) return problem;
  if (
    pace !== undefined &&
    !(isObject(pace) && isDelay(pace.floorMs) && isDelay(pace.ceilingMs, pace.floorMs))
  )
    return "must have a pace of { floorMs, ceilingMs }, floorMs not above ceilingMs, or none";
  // Without them nobody could say where the credentials may go.
  if (authorize !== undefined && !Array.isArray(origins))
    return "must have origins, because it has authorize";
  return undefined;
}

/** What is wrong with how a provider delivers, in words that say what to write. */
function deliveryProblem(provider: { readonly [key: string]: unknown }): string | undefined {
  const { delivery, capabilities } = provider;
  const astray = ["locate", "fetchPage", "records"].find((name) => provider[name] !== undefined);
  if (astray)
    return `must give its ${astray} to fileDelivery or pagedDelivery, and have what that makes as delivery`;
  const kind = isObject(delivery) && isObject(delivery.engine) ? delivery.kind : undefined;
  if (kind !== "file" && kind !== "pages")
    return "must have a delivery that fileDelivery({ … }) or pagedDelivery({ … }) made";
  const missing = missingOf(delivery, kind === "file" ? "locate" : "fetchPage", "records");
  if (missing) return `must have a delivery with the functions ${missing}`;
  if (!isObject(capabilities)) return "must have capabilities";
  if ((capabilities.delivery ?? kind) === kind) return undefined;
  return `must have capabilities.delivery ${shown(kind)}, as its delivery is, or leave it out`;
}

/** The names of what is not a function, as a list in words. */
function missingOf(value: unknown, ...names: readonly string[]): string {
  const members = value as { readonly [name: string]: unknown };
  return names.filter((name) => typeof members[name] !== "function").join(", ");
}

function isDelay(value: unknown, least: unknown = 0): boolean {
  return typeof value === "number" && value >= (least as number);
}
