import { setTimeout as sleep } from "node:timers/promises";
import { CoreError } from "@indicia/core/error";
import { createPacer } from "@indicia/suspects/pacer";
import type { StatedError } from "../shapes/models.js";
import type { Leave, NoLeave } from "./messages.js";

/** Pauses shorter than a timer is sure to keep are made up for by later ones. */
const LEAST_SLEEP_MS = 2;

/** Thrown in place of asking: the investigation pauses. */
export class LeaveRefused extends Error {
  override readonly name = "LeaveRefused";
  readonly reason: StatedError;
  readonly resumeInMs: number;

  constructor({ reason, resumeInMs }: NoLeave) {
    super(reason.message);
    this.reason = reason;
    this.resumeInMs = resumeInMs;
  }
}

/** What a runner waits for before each request, see `Endpoint.pace`, and where answers of the worker go. */
export interface LeaveDesk {
  readonly pace: (rows: number) => Promise<void>;
  readonly take: (message: Leave | NoLeave) => void;
}

/**
 * Ask the worker for leave, for several requests at once where they are many a second: several runners share what a host
 * bears, and only the database knows all of them.
 *
 * @param options.rate requests per second of this investigation alone
 * @param options.batch requests for which leave is asked at once
 */
export function openLeaveDesk(options: {
  readonly rate: number;
  readonly batch: number;
  readonly signal: AbortSignal;
  readonly ask: (id: number, requests: number, rows: number) => void;
}): LeaveDesk {
  const { rate, batch, signal, ask } = options;
  const own = createPacer(rate);
  const waiting = new Map<number, (message: Leave | NoLeave) => void>();
  /** Times of this process's clock at which requests may leave. */
  const granted: number[] = [];
  let asking: Promise<void> | null = null;
  let next = 0;

  async function refill(rows: number): Promise<void> {
    const id = next++;
    const reply = new Promise<Leave | NoLeave>((resolve) => waiting.set(id, resolve));
    ask(id, batch, rows);
    const message = await reply;
    if (message.kind === "no-leave") throw new LeaveRefused(message);
    const first = performance.now() + message.waitMs;
    for (let i = 0; i < message.requests; i++) granted.push(first + i * message.stepMs);
  }

  async function grant(rows: number): Promise<number> {
    for (;;) {
      if (signal.aborted) throw interrupted();
      const due = granted.shift();
      if (due !== undefined) return due;
      if (batch === 1) await refill(rows);
      else {
        asking ??= refill(rows).finally(() => {
          asking = null;
        });
        await asking;
      }
    }
  }

  return {
    async pace(rows) {
      await own();
      const wait = (await grant(rows)) - performance.now();
      if (wait >= LEAST_SLEEP_MS) {
        await sleep(wait, undefined, { signal }).catch(() => {
          throw interrupted();
        });
      }
      if (signal.aborted) throw interrupted();
    },
    take(message) {
      waiting.get(message.id)?.(message);
      waiting.delete(message.id);
    },
  };
}

function interrupted(): CoreError {
  return new CoreError("ABORTED", "the investigation was interrupted", "Go on with it.");
}
