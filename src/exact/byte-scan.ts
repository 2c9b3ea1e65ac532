/**
 * Makes an instance of WebAssembly when it is first asked for.
 *
 * @param code - the module, in base64
 * @param viewsOf - makes views of places in its memory
 * @returns gives `undefined` where the runtime makes no WebAssembly of bytes (Cloudflare Workers, strict content security policies)
 */
export function byteScan<Scan>(
  code: string,
  viewsOf: (memory: ArrayBuffer) => Partial<Scan>,
): () => Scan | undefined {
  // Not by `madeOnce`, which would be a module of its own to load then.
  let made: { readonly scan: Scan | undefined } | undefined;
  const make = () => {
    try {
      const bytes = Uint8Array.from(atob(code), (character) => character.charCodeAt(0));
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
      return { ...exports, ...viewsOf((exports.memory as WebAssembly.Memory).buffer) } as Scan;
    } catch {
      return undefined;
    }
  };
  return () => {
    made ??= { scan: make() };
    return made.scan;
  };
}
