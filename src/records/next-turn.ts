/**
 * Lets the runtime see to everything else that waits: timers, sockets, requests. Parsing alone awaits nothing that takes
 * time. By a message, which is faster than a timer of 0 ms and works where a test has stopped the timers.
 *
 * @returns 0, the work done since
 */
export function nextTurn(): Promise<0> {
  return new Promise((resolve) => {
    if (typeof MessageChannel !== "function") return void setTimeout(resolve, 0, 0);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve(0);
    };
    port2.postMessage(null);
  });
}
