/** What is left of an asynchronous generator when only its `next` and `return` are used. */
export type Items<T> = Required<Pick<AsyncIterator<T, void>, "next" | "return">>;

/**
 * The items of runs, one by one. What is at hand is handed over without waiting, where a generator of the items would take
 * three turns of the microtasks for each. As with a generator, calls that come too early wait in turn, and what a run
 * throws is thrown in the generator of the runs, which ends with it.
 */
export function oneByOne<T>(runs: AsyncGenerator<Iterator<T, void>, void>): Items<T> {
  let run: Iterator<T, void> | undefined;
  let failure: { readonly error: unknown } | undefined;
  /** The last call that has to wait. */
  let waiting: Promise<unknown> | undefined;
  let isEnded = false;

  function take(): IteratorResult<T, void> | undefined {
    try {
      const step = run?.next();
      return step?.done ? undefined : step;
    } catch (error) {
      failure = { error };
      return undefined;
    }
  }

  async function pull(): Promise<IteratorResult<T, void>> {
    for (;;) {
      const failed = failure;
      failure = run = undefined;
      if (isEnded) return { done: true, value: undefined };
      const next = failed ? await runs.throw(failed.error) : await runs.next();
      if (next.done) return next;
      run = next.value;
      const step = take();
      if (step) return step;
    }
  }

  const takeOrPull = async () => take() ?? pull();

  function keep(call: Promise<IteratorResult<T, void>>): Promise<IteratorResult<T, void>> {
    const settle = () => {
      if (waiting === call) waiting = undefined;
    };
    waiting = call;
    call.then(settle, settle);
    return call;
  }

  /** An item is being asked for, and what is called from there may ask for the next one. */
  let isAsked = false;
  let answer: ((call: Promise<unknown>) => void) | undefined;

  return {
    next() {
      if (isEnded) return Promise.resolve({ done: true, value: undefined });
      const before =
        waiting ??
        (isAsked
          ? new Promise<unknown>((resolve) => {
              answer = resolve;
            })
          : undefined);
      if (before) return keep(before.then(takeOrPull, takeOrPull));
      isAsked = true;
      const step = take();
      const call = step ? Promise.resolve(step) : pull();
      isAsked = false;
      if (answer) answer(call);
      else if (!step) keep(call);
      answer = undefined;
      return call;
    },
    async return() {
      isEnded = true;
      await runs.return();
      return { done: true, value: undefined };
    },
  };
}
