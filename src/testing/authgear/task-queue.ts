import type { AuthgearOutcome, AuthgearSettings } from "./options.js";
import type { AuthgearExportRequest } from "./request-schema.js";
import type { AuthgearTask } from "./task.js";
import { compactTime } from "./timestamp.js";
/** The tasks of an emulator, of which one runs at a time. A record lives 24 h from the start, and 24 h more from the end. */
export interface TaskQueue {
  readonly all: readonly AuthgearTask[];
  start(request: AuthgearExportRequest): AuthgearTask;
  /** How many tasks are running. */
  running(): number;
  /** A task as one more poll finds it; `undefined` where there is none any more. */
  poll(id: string): AuthgearTask | undefined;
  outcomeOf(task: AuthgearTask): AuthgearOutcome;
  /** The name of a finished task's file. */
  fileNameOf(task: AuthgearTask): string;
  byFileName(name: string): AuthgearTask | undefined;
  reset(): void;
}

export function createTaskQueue(settings: AuthgearSettings): TaskQueue {
  const { clock, outcome } = settings;
  const tasks: OpenTask[] = [];

  const outcomeOf = (task: AuthgearTask) => (typeof outcome === "function" ? outcome(task) : outcome);

  /** Lets a task end that has run long enough. Its end is when it was due, not when somebody looked. */
  function settle(task: OpenTask): void {
    const due = task.dueAt;
    if (task.endedAt !== undefined || outcomeOf(task) === "stuck") return;
    if (clock.trueNow() < due || task.polls <= settings.pendingPolls) return;
    task.endedAt = settings.pendingPolls > 0 ? clock.trueNow() : due;
  }

  function isAlive(task: OpenTask): boolean {
    const end = task.endedAt ?? (settings.pendingPolls > 0 ? undefined : endIfDue(task));
    return clock.trueNow() < (end ?? task.createdAt) + timeToLiveMs;
  }

  /** A task that ended unseen was renewed all the same, if it ended while its record was alive. */
  function endIfDue(task: OpenTask): number | undefined {
    const due = task.dueAt;
    const endedInTime = due - task.createdAt < timeToLiveMs && clock.trueNow() >= due;
    return endedInTime && outcomeOf(task) !== "stuck" ? due : undefined;
  }

  function fileNameOf(task: AuthgearTask): string {
    const time = compactTime(task.endedAt ?? task.createdAt);
    return `${settings.projectId}-${task.id}-${time}Z.${task.request.format}`;
  }

  return {
    all: tasks,
    start(request) {
      const sequence = tasks.length + 1;
      const id = `userexport_${taskCode(settings.projectId, sequence)}`;
      const createdAt = clock.trueNow();
      const before = tasks.findLast((other) => outcomeOf(other) !== "stuck");
      const dueAt = Math.max(createdAt, before?.dueAt ?? 0) + settings.jobDurationMs;
      const task: OpenTask = { id, sequence, request, createdAt, dueAt, endedAt: undefined, polls: 0 };
      tasks.push(task);
      return task;
    },
    running() {
      return tasks.filter(
        (task) => task.endedAt === undefined && endIfDue(task) === undefined && isAlive(task),
      ).length;
    },
    poll(id) {
      const task = tasks.find((candidate) => candidate.id === id);
      if (task === undefined || !isAlive(task)) return undefined;
      task.polls += 1;
      settle(task);
      return task;
    },
    outcomeOf,
    fileNameOf,
    byFileName: (name) => tasks.find((task) => task.endedAt !== undefined && fileNameOf(task) === name),
    reset() {
      tasks.length = 0;
    },
  };
}

interface OpenTask extends AuthgearTask {
  /** When it ends, if nothing goes wrong. */
  readonly dueAt: number;
  endedAt: number | undefined;
  polls: number;
}

const timeToLiveMs = 86_400_000;

/** 32 characters of Crockford's base 32, the same for the same project and number. */
function taskCode(projectId: string, sequence: number): string {
  const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  let state = sequence;
  for (const character of projectId) state = Math.imul(state ^ character.charCodeAt(0), 0x01000193);
  let code = "";
  for (let i = 0; i < 32; i++) {
    state = (Math.imul(state, 1664525) + 1013904223 + sequence) >>> 0;
    code += alphabet[state >>> 27];
  }
  return code;
}
