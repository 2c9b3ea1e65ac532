import type { ExportClient, JsonObject, Providers } from "exportkit";
import { isObject } from "../../model/json.js";
import { UsageError } from "../usage-error.js";
import { type SingerShape, singerShape } from "./singer-shape.js";
import type { TapConfig } from "./tap-config.js";

/** A stream that is to be read. */
export interface TapStream {
  readonly name: string;
  readonly request: JsonObject;
  readonly shape: SingerShape;
  /** The field of the request by which only changes are asked for; `undefined` for a full table. */
  readonly incremental: string | undefined;
}

/** By which fields of its requests a vendor tells what changed; the first one is the usual one. */
const REPLICATION_KEYS: { readonly [vendor: string]: readonly string[] } = {
  zephr: ["since", "registeredSince"],
};

interface DiscoverOptions {
  readonly client: ExportClient<Providers>;
  readonly config: TapConfig;
}

/** The catalog: every stream with its schema, its key, and how it can be read. */
export async function discover({ client, config }: DiscoverOptions): Promise<JsonObject> {
  const keys = REPLICATION_KEYS[config.vendor] ?? [];
  const streams: JsonObject[] = [];
  for (const [name, request] of Object.entries(config.streams)) {
    const { schema, key } = await shapeOf(client, config, request);
    const properties = Object.keys((schema.properties ?? {}) as object);
    streams.push({
      tap_stream_id: name,
      stream: name,
      schema,
      key_properties: key,
      replication_method: "FULL_TABLE",
      metadata: [
        {
          breadcrumb: [],
          metadata: {
            inclusion: "available",
            selected: true,
            "table-key-properties": key,
            ...(keys.length > 0 && { "valid-replication-keys": keys }),
            "replication-method": "FULL_TABLE",
          },
        },
        ...properties.map((property) => ({
          breadcrumb: ["properties", property],
          metadata: { inclusion: key.includes(property) ? "automatic" : "available", selected: true },
        })),
      ],
    } as unknown as JsonObject);
  }
  return { streams };
}

/** The streams that a catalog selects; all of them without one. */
export async function selectStreams(
  { client, config }: DiscoverOptions,
  catalog: unknown,
): Promise<readonly TapStream[]> {
  const entries = catalog === undefined ? undefined : entriesOf(catalog);
  const selected: TapStream[] = [];
  for (const [name, request] of Object.entries(config.streams)) {
    const shape = await shapeOf(client, config, request);
    if (!entries) {
      selected.push({ name, request, shape, incremental: undefined });
      continue;
    }
    const entry = entries.find(({ tap_stream_id, stream }) => (tap_stream_id ?? stream) === name);
    if (!entry || !isSelected(entry)) continue;
    const incremental = incrementalField(entry, config);
    selected.push({ name, request, shape: chosen(shape, entry), incremental });
  }
  const unknown = entries
    ?.filter(isSelected)
    .map(({ tap_stream_id, stream }) => String(tap_stream_id ?? stream))
    .find((name) => !Object.hasOwn(config.streams, name));
  if (unknown !== undefined)
    throw new UsageError(`the catalog selects a stream "${unknown}", which the configuration does not have`);
  return selected;
}

async function shapeOf(
  client: ExportClient<Providers>,
  { vendor }: TapConfig,
  request: JsonObject,
): Promise<SingerShape> {
  return singerShape(await client.recordSchema(vendor, request as never));
}

type Entry = { readonly [member: string]: unknown };

function entriesOf(catalog: unknown): readonly Entry[] {
  const streams = isObject(catalog) ? catalog.streams : undefined;
  if (Array.isArray(streams) && streams.every(isObject)) return streams;
  throw new UsageError("the catalog must have streams, as --discover prints them");
}

/** What the metadata say of a stream, or of one of its properties. */
function metadataOf({ metadata }: Entry, ...breadcrumb: readonly string[]): Entry {
  const all: readonly unknown[] = Array.isArray(metadata) ? metadata : [];
  const found = all.find(
    (item) => isObject(item) && JSON.stringify(item.breadcrumb) === JSON.stringify(breadcrumb),
  );
  return isObject(found) && isObject(found.metadata) ? found.metadata : {};
}

function isSelected(entry: Entry): boolean {
  const about = metadataOf(entry);
  return (about.selected ?? entry.selected ?? about["selected-by-default"]) === true;
}

function incrementalField(entry: Entry, { vendor }: TapConfig): string | undefined {
  const about = metadataOf(entry);
  const told = (name: "replication_method" | "replication_key") =>
    about[`forced-${name.replace("_", "-")}`] ?? about[name.replace("_", "-")] ?? entry[name];
  const method = told("replication_method") ?? "FULL_TABLE";
  if (method === "FULL_TABLE") return undefined;
  const name = String(entry.tap_stream_id ?? entry.stream);
  if (method !== "INCREMENTAL")
    throw new UsageError(`stream ${name}: replication-method must be FULL_TABLE or INCREMENTAL`);
  const keys = REPLICATION_KEYS[vendor] ?? [];
  const key = told("replication_key") ?? keys[0];
  if (typeof key === "string" && keys.includes(key)) return key;
  throw new UsageError(
    keys.length === 0
      ? `stream ${name}: ${vendor} cannot export changes only; use FULL_TABLE`
      : `stream ${name}: replication-key must be ${keys.join(" or ")}`,
  );
}

/** Without the properties that were deselected; those of the key always come. */
function chosen(shape: SingerShape, entry: Entry): SingerShape {
  const all = Object.entries((shape.schema.properties ?? {}) as JsonObject);
  const kept = all.filter(
    ([name]) => shape.key.includes(name) || metadataOf(entry, "properties", name).selected !== false,
  );
  return { ...shape, schema: { ...shape.schema, properties: Object.fromEntries(kept) } };
}
