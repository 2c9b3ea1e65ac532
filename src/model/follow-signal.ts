/** What a signal ends. */
export interface Follower {
  abort(reason: unknown): void;
}

interface Group {
  readonly members: Set<WeakRef<Follower>>;
  readonly onAbort: () => void;
}

const groups = new WeakMap<AbortSignal, Group>();
let collected: FinalizationRegistry<() => void> | undefined;

/**
 * Has a long-lived signal end what may be dropped without a word, such as a download that nobody reads: the signal has one
 * listener for all that follow it, and holds none of them. Returns what lets go of it.
 */
export function followSignal(signal: AbortSignal, follower: Follower): () => void {
  if (typeof WeakRef !== "function" || typeof FinalizationRegistry !== "function") {
    return followFirmly(signal, follower);
  }
  const leave = join(signal, new WeakRef(follower));
  collected ??= new FinalizationRegistry((left) => left());
  collected.register(follower, leave);
  return leave;
}

/** Not where the follower itself is at hand: what it returns must not hold it. */
function join(signal: AbortSignal, member: WeakRef<Follower>): () => void {
  const group = groups.get(signal) ?? createGroup(signal);
  group.members.add(member);
  return () => {
    if (!group.members.delete(member) || group.members.size > 0) return;
    groups.delete(signal);
    signal.removeEventListener("abort", group.onAbort);
  };
}

function followFirmly(signal: AbortSignal, follower: Follower): () => void {
  const onAbort = () => follower.abort(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  return () => signal.removeEventListener("abort", onAbort);
}

function createGroup(signal: AbortSignal): Group {
  const members = new Set<WeakRef<Follower>>();
  const onAbort = () => {
    for (const member of [...members]) member.deref()?.abort(signal.reason);
  };
  const group = { members, onAbort };
  groups.set(signal, group);
  signal.addEventListener("abort", onAbort, { once: true });
  return group;
}
