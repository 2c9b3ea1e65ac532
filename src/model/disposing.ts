/**
 * What `await using` calls. The member is there where the caller's types know the symbol (lib `esnext.disposable`, Node's
 * types); with older ones the rest compiles without it.
 */
export type Disposing = {
  readonly [K in SymbolConstructor["asyncDispose" & keyof SymbolConstructor]]: () => Promise<void>;
};
