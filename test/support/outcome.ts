/** What a promise rejects with; a promise that resolves fails the test. */
export async function rejection<E = unknown>(promise: Promise<unknown>): Promise<E> {
  try {
    await promise;
  } catch (error) {
    return error as E;
  }
  throw new Error("it should have rejected");
}

/** What a call throws; one that returns fails the test. */
export function thrown<E = unknown>(call: () => unknown): E {
  try {
    call();
  } catch (error) {
    return error as E;
  }
  throw new Error("it should have thrown");
}
