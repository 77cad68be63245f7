import { OnnxError } from "./error.js";

/** Time until a thread that ended is started again; twice as long each time that it ends soon after. */
const FIRST_WAIT_MS = 100;
/** Longest of these: somebody who mends what is wrong waits no longer for the thread to notice. */
const MOST_WAIT_MS = 30_000;
/** A thread that lived so long has recovered. */
const CALM_MS = 60_000;

/** A thread that does tasks. */
export interface Thread<Task, Answer> {
  tasks(): number;
  run(task: Task): Promise<Answer>;
  end(reason: Error): Promise<void>;
}

/** How a thread that is started again and again fares. */
export interface KeptThread<Task, Answer> extends Thread<Task, Answer> {
  /** Whether it runs now. */
  alive(): boolean;
  /** How often in a row it ended soon after it was started. */
  deaths(): number;
}

/** Waits and times, shorter for tests. */
export interface KeepTimes {
  readonly firstMs?: number;
  readonly calmMs?: number;
}

/**
 * A thread that is started again when it ends by itself, as one does that runs out of memory. What it was doing fails with
 * THREAD_ENDED, as does what it is asked until it runs again. A crash of native code takes the whole process with it, and is
 * left to whoever started that.
 *
 * @param start starts a thread, which calls `ended` once, when it has ended
 */
export function keepThread<Task, Answer>(
  start: (ended: () => void) => Thread<Task, Answer>,
  { firstMs = FIRST_WAIT_MS, calmMs = CALM_MS }: KeepTimes = {},
): KeptThread<Task, Answer> {
  let closing = false;
  let deaths = 0;
  let timer: NodeJS.Timeout | null = null;
  let began = performance.now();
  const isCalm = (): boolean => performance.now() - began >= calmMs;
  const ended = (): void => {
    if (closing) return;
    deaths = isCalm() ? 1 : deaths + 1;
    timer = setTimeout(
      () => {
        timer = null;
        began = performance.now();
        thread = start(ended);
      },
      Math.min(MOST_WAIT_MS, firstMs * 2 ** (deaths - 1)),
    );
    timer.unref();
  };
  let thread = start(ended);
  return {
    alive: () => timer === null && !closing,
    deaths: () => (timer === null && isCalm() ? 0 : deaths),
    tasks: () => (timer === null ? thread.tasks() : Number.POSITIVE_INFINITY),
    run: (task) => (timer === null ? thread.run(task) : Promise.reject(threadEnded("has ended"))),
    end: (reason) => {
      closing = true;
      if (timer !== null) clearTimeout(timer);
      return thread.end(reason);
    },
  };
}

export function threadEnded(how: string): OnnxError {
  return new OnnxError("THREAD_ENDED", `a thread ${how}`, "It is started again; try again in a moment.");
}
