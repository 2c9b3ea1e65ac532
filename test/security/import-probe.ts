// Run by itself, in a process of its own: loads bundles and tells of each, as JSON, what that did beside defining things.
import { createHook } from "node:async_hooks";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { compileFunction } from "node:vm";

type Callable = (...args: unknown[]) => unknown;

const calls: string[] = [];
const resources: string[] = [];
const load = createRequire(import.meta.url);

/** The same function or class, but every call of it is noted down. */
function noted(name: string, call: Callable): Callable {
  return new Proxy(call, {
    construct(target, args, self) {
      calls.push(`new ${name}`);
      return Reflect.construct(target, args, self);
    },
    apply(target, self, args) {
      calls.push(name);
      return Reflect.apply(target, self, args);
    },
  });
}

/** A built-in module whose functions are noted down when they are called. */
function watched(name: string): unknown {
  return new Proxy(load(name) as object, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? noted(`${name} ${String(key)}`, value as Callable) : value;
    },
  });
}

for (const [owner, ...names] of [
  [globalThis, "fetch", "setTimeout", "setInterval", "setImmediate", "queueMicrotask", "addEventListener"],
  [globalThis, "Request", "Response", "Headers", "ReadableStream"],
  [Math, "random"],
  [Date, "now"],
  [crypto, "getRandomValues", "randomUUID"],
  [process, "on", "once", "nextTick", "emitWarning"],
  [console, "log", "warn", "error", "info", "debug"],
] as const) {
  for (const name of names) {
    const call: unknown = Reflect.get(owner, name);
    if (typeof call !== "function") continue;
    Object.defineProperty(owner, name, {
      value: noted(name, call as Callable),
      writable: true,
      configurable: true,
    });
  }
}

/** What stands on the global object and on everything built in that hangs from it. */
function globals(): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const note = (path: string, owner: object) => {
    for (const key of Reflect.ownKeys(owner)) {
      const own = Object.getOwnPropertyDescriptor(owner, key);
      found.set(`${path}.${String(key)}`, own?.get ?? own?.value);
    }
  };
  note("globalThis", globalThis);
  for (const key of Reflect.ownKeys(globalThis)) {
    const value: unknown = Object.getOwnPropertyDescriptor(globalThis, key)?.value;
    if (typeof value !== "function") continue;
    note(String(key), value);
    if (typeof value.prototype === "object" && value.prototype !== null) {
      note(`${String(key)}.prototype`, value.prototype as object);
    }
  }
  return found;
}

// Node loads some of its own on first sight; let that be over.
void [globals(), new Request("http://localhost/"), new Response(), new ReadableStream()];

const told = process.argv.slice(2).map((path) => {
  const run = compileFunction(readFileSync(path, "utf8"), ["require", "module", "exports"]);
  const module = { exports: {} };
  const before = globals();
  const hook = createHook({ init: (_, type) => resources.push(type) }).enable();
  calls.length = 0;
  run(watched, module, module.exports);
  hook.disable();
  const after = globals();
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (key) => !Object.is(before.get(key), after.get(key)),
  );
  const exports = Object.keys(module.exports);
  return { calls: [...calls], resources: resources.splice(0), changed, exports };
});
process.stdout.write(JSON.stringify(told));
