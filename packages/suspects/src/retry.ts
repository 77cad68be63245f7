import {
  DelegateBackoff,
  decorrelatedJitterGenerator,
  handleType,
  type IRetryBackoffContext,
  type RetryPolicy,
  retry,
} from "cockatiel";
import { SuspectError } from "./error.js";
import type { FetchAnswer } from "./guarded-fetch.js";

/** Attempts after the first; a service that needs more is down. */
const RETRIES = 4;
/** Mean of the first pause, and the longest: half a minute outlasts a restart. */
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
/** A server may ask to wait; longer than this is a refusal. */
const MAX_RETRY_AFTER_MS = 120_000;
/**
 * Statuses by which a server, or what stands before it, says that it did not do the work and may do it later (RFC 6585,
 * section 4; RFC 9110, sections 15.6.3 to 15.6.5). Others, and timeouts, may have cost the suspect a query.
 */
const PASSING: readonly number[] = [429, 502, 503, 504];

/** "Too Many Requests" (RFC 6585, section 4). */
const TOO_MANY = 429;
/** Pause after which one that answers that to every attempt is asked again, where it names none itself. */
const BUSY_PAUSE_MS = 5 * 60_000;

export interface RetryPace {
  readonly firstDelayMs?: number;
  readonly maxDelayMs?: number;
}

/** A failure that may pass: worth another attempt, which is an exchange of its own. */
export class PassingFailure extends Error {
  /** Least pause before the next attempt. */
  readonly pauseMs: number;

  constructor(message: string, pauseMs: number, options?: ErrorOptions) {
    super(message, options);
    this.pauseMs = pauseMs;
  }
}

/** Try again after passing failures, after pauses that grow and vary (decorrelated jitter). */
export function retryPolicy(pace: RetryPace = {}): RetryPolicy {
  const jitter = {
    initialDelay: pace.firstDelayMs ?? FIRST_DELAY_MS,
    maxDelay: pace.maxDelayMs ?? MAX_DELAY_MS,
    exponent: 2,
    generator: decorrelatedJitterGenerator,
  };
  type State = ReturnType<typeof decorrelatedJitterGenerator>[1];
  const backoff = new DelegateBackoff<IRetryBackoffContext<unknown>, State>((context, before) => {
    const [delay, state] = decorrelatedJitterGenerator(before, jitter);
    const cause = "error" in context.result ? context.result.error : undefined;
    return { delay: Math.max(delay, cause instanceof PassingFailure ? cause.pauseMs : 0), state };
  });
  return retry(handleType(PassingFailure), { maxAttempts: RETRIES, backoff });
}

/**
 * The failure that an answer stands for, or null where it stands for itself.
 *
 * @param waitMs pause that its body asks for
 * @throws SuspectError SUSPECT_BUSY where the server asks for a longer pause than is waited for
 */
export function passingFailure(
  answer: Pick<FetchAnswer, "status" | "headers">,
  waitMs = 0,
): PassingFailure | null {
  if (!PASSING.includes(answer.status)) return null;
  const pause = Math.max(waitMs, retryAfterMs(answer.headers["retry-after"], Date.now()));
  if (pause > MAX_RETRY_AFTER_MS) {
    throw new SuspectError(
      "SUSPECT_BUSY",
      `the endpoint answers ${answer.status} and asks to wait ${Math.ceil(pause / 1000)} s`,
      "Go on then, with --resume; a lower --rate may avoid it.",
      { retryAfterMs: pause },
    );
  }
  const cause = answer.status === TOO_MANY ? tooMany(pause) : undefined;
  return new PassingFailure(`HTTP status ${answer.status}`, pause, { cause });
}

/** What it means where it does not pass: a server that asks for fewer requests is not to be asked more of them. */
function tooMany(pauseMs: number): SuspectError {
  return new SuspectError(
    "SUSPECT_BUSY",
    `the endpoint answers ${TOO_MANY} to every attempt`,
    "Go on later with --resume, and with a lower --rate; what was answered is kept.",
    { retryAfterMs: Math.max(pauseMs, BUSY_PAUSE_MS) },
  );
}

/**
 * Retry-After in milliseconds: seconds, or a date (RFC 9110, section 10.2.3). 0 where it says nothing.
 *
 * @param now milliseconds since 1970
 */
export function retryAfterMs(value: string | undefined, now: number): number {
  const text = value?.trim() ?? "";
  if (/^\d+$/.test(text)) return 1000 * Number(text);
  const date = /[a-z]/i.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(date) ? 0 : Math.max(0, date - now);
}
