import { VerifierError } from "../error.js";

/** Seconds after which somebody who was turned away may try again. */
const RETRY_SECONDS = 10;

/** Lets a few go at once, keeps a few waiting, and turns the others away. */
export type Limited = <Result>(work: () => Promise<Result>) => Promise<Result>;

/**
 * @param limits.atOnce how many run
 * @param limits.waiting how many more may wait
 * @throws (the function it gives) VerifierError UNAVAILABLE, and what the work throws
 */
export function limited(limits: { readonly atOnce: number; readonly waiting: number }): Limited {
  let running = 0;
  const queue: (() => void)[] = [];
  return async (work) => {
    if (running >= limits.atOnce) {
      if (queue.length >= limits.waiting) throw busy();
      await new Promise<void>((go) => queue.push(go));
    } else running += 1;
    try {
      return await work();
    } finally {
      // Whoever waited takes over the place, so that nobody comes between.
      const next = queue.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

function busy(): VerifierError {
  return new VerifierError(
    "UNAVAILABLE",
    "the service has as much work of this kind as it can do",
    "Try again in a moment.",
    { retryAfter: RETRY_SECONDS },
  );
}
