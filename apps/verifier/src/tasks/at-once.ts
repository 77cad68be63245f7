import { VerifierError } from "../error.js";

/** Seconds after which somebody who was turned away may try again. */
const RETRY_SECONDS = 10;

/** Places of which each user has a few. */
export interface AtOnce {
  /**
   * Take a place.
   *
   * @returns a function that gives it back; more calls of it do nothing
   * @throws VerifierError TOO_MANY_REQUESTS where the user has all that he may have
   */
  readonly take: (user: string) => () => void;
}

/** Keep anybody from doing more than so many things of a kind at once: one who does them all leaves none to others. */
export function atOnce(most: number): AtOnce {
  const taken = new Map<string, number>();
  return {
    take(user) {
      const now = taken.get(user) ?? 0;
      if (now >= most) throw tooMany(most);
      taken.set(user, now + 1);
      let held = true;
      return () => {
        if (!held) return;
        held = false;
        const then = taken.get(user) ?? 1;
        if (then <= 1) taken.delete(user);
        else taken.set(user, then - 1);
      };
    },
  };
}

function tooMany(most: number): VerifierError {
  return new VerifierError(
    "TOO_MANY_REQUESTS",
    `you do more than ${most} of these at once`,
    "Let some of them end, or close some pages that show them.",
    { retryAfter: RETRY_SECONDS },
  );
}
