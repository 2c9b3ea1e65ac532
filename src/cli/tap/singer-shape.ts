import type { JsonObject, JsonValue, RecordSchema } from "exportkit";
import { isObject } from "../../model/json.js";

/** What records look like in Singer's messages, which know keys at the top only. */
export interface SingerShape {
  readonly schema: JsonObject;
  readonly key: readonly string[];
  /** Members that are lifted to the top, by their new names. */
  readonly lifted: { readonly [name: string]: readonly string[] };
  /** Where nothing is known of the members, the record goes into this one. */
  readonly whole: string | undefined;
}

const WHOLE = "record";

export function singerShape({ schema, key = [] }: RecordSchema): SingerShape {
  const members = isObject(schema.properties) ? (schema.properties as JsonObject) : {};
  if (Object.keys(members).length === 0)
    return {
      schema: { type: "object", properties: { [WHOLE]: { type: "object" } } },
      key: [],
      lifted: {},
      whole: WHOLE,
    };
  const properties = new Map<string, JsonValue>();
  for (const [name, member = {}] of Object.entries(members)) properties.set(name, nullable(member));
  const lifted: { [name: string]: readonly string[] } = {};
  const names = key.map((path) => {
    if (Object.hasOwn(members, path)) {
      properties.set(path, members[path] as JsonValue);
      return path;
    }
    const parts = path.split(".");
    const last = parts.at(-1) ?? path;
    const name = properties.has(last) ? parts.join("__") : last;
    properties.set(name, memberOf(schema, parts));
    lifted[name] = parts;
    return name;
  });
  return {
    schema: {
      type: "object",
      properties: Object.fromEntries(properties),
      ...(names.length > 0 && { required: names }),
    },
    key: names,
    lifted,
    whole: undefined,
  };
}

/** A record as its message has it: what the schema names, and nothing else. */
export function shaped(record: unknown, { schema, lifted, whole }: SingerShape): object {
  if (whole !== undefined) return { [whole]: record };
  const given = record as { readonly [name: string]: unknown };
  return Object.fromEntries(
    Object.keys((schema.properties ?? {}) as object).flatMap((name) => {
      const path = Object.hasOwn(lifted, name) ? lifted[name] : undefined;
      const value = path ? path.reduce<unknown>(read, given) : read(given, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function read(from: unknown, name: string): unknown {
  return isObject(from) && Object.hasOwn(from, name) ? from[name] : undefined;
}

function memberOf(schema: unknown, [name, ...rest]: readonly string[]): JsonValue {
  if (name === undefined) return schema as JsonValue;
  return memberOf(read(read(schema, "properties"), name) ?? {}, rest);
}

/** The same with null allowed everywhere: vendors write it for what is not there, and targets refuse what no schema has. */
function nullable(schema: JsonValue): JsonValue {
  if (!isObject(schema)) return schema;
  const { type, properties, items } = schema as JsonObject;
  const types = type === undefined || type === null ? [] : [type].flat();
  return {
    ...schema,
    ...(types.length > 0 && { type: types.includes("null") ? types : [...types, "null"] }),
    ...(isObject(properties) && {
      properties: Object.fromEntries(
        Object.entries(properties).map(([name, member]) => [name, nullable(member as JsonValue)]),
      ),
    }),
    ...(items !== undefined && { items: nullable(items) }),
  } as JsonValue;
}
