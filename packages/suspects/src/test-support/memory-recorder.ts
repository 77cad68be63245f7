import { setTimeout as sleep } from "node:timers/promises";
import type { ExchangeRecorder, IncomingAnswer, OutgoingRequest } from "@indicia/core/suspect";

/** One exchange as it was recorded. */
export interface Recorded {
  readonly request: OutgoingRequest;
  readonly answer?: IncomingAnswer;
  readonly lost?: string;
}

export interface MemoryRecorder extends ExchangeRecorder {
  /** In the order of their intents; only those that are durable. */
  readonly exchanges: readonly Recorded[];
  /** Of all exchanges, those that asked for rows. */
  readonly queries: readonly Recorded[];
}

/** A record in memory, durable only after a while, as a disk's is. */
export function memoryRecorder(): MemoryRecorder {
  const exchanges: Recorded[] = [];
  const settle = (intent: number, outcome: Partial<Recorded>): void => {
    const before = exchanges[intent];
    if (before === undefined || before.answer !== undefined || before.lost !== undefined) {
      throw new RangeError(`intent ${intent} is not open`);
    }
    exchanges[intent] = { ...before, ...outcome };
  };
  return {
    exchanges,
    get queries() {
      return exchanges.filter(({ request }) => request.probes.length > 0);
    },
    intent: async (request) => {
      await sleep(2);
      return exchanges.push({ request }) - 1;
    },
    answer: async (intent, answer) => settle(intent, { answer }),
    lost: async (intent, reason) => settle(intent, { lost: reason }),
  };
}
