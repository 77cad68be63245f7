import type { Answer, ExchangeRecorder } from "@indicia/core/suspect";
import { lostRows } from "./answers.js";
import { challenged, challengeIn } from "./challenge.js";
import { SuspectError, type SuspectErrorCode } from "./error.js";
import { exchange } from "./exchange.js";
import { followingUp } from "./follow-up.js";
import type { FetchAnswer, GuardedFetch } from "./guarded-fetch.js";
import type { Sign } from "./opener.js";
import type { Decoder, EncodedRequest, Protocol, ReceivedAnswer } from "./protocol.js";
import { PassingFailure, passingFailure, type RetryPace, retryPolicy } from "./retry.js";

/** Failures of one exchange that cost its rows and nothing else. */
const LOSES_ROWS: readonly SuspectErrorCode[] = ["SUSPECT_TIMEOUT", "SUSPECT_CUT_SHORT", "SUSPECT_TOO_LARGE"];

/** Failures after which the suspect has not been asked what it was sent, and may be later. */
const LATER: readonly SuspectErrorCode[] = ["SUSPECT_BUSY", "SUSPECT_CHALLENGED"];

/** See `Endpoint.pace`. */
export type Pace = (rows: number) => Promise<void>;

/** Who is asked, and how. */
export interface Endpoint {
  readonly fetch: GuardedFetch;
  readonly protocol: Protocol;
  /** Headers that the user gave; secret. */
  readonly headers: Readonly<Record<string, string>>;
  /** Makes headers of one attempt, as secret; absent where nothing is signed. */
  readonly sign?: Sign;
  /** Resolves when a request for so many rows may leave; what it throws ends the asking. */
  readonly pace: Pace;
  readonly retry?: RetryPace;
  /** Whether there was a usable answer yet; false where absent. */
  readonly answeredBefore?: () => boolean;
}

/** One answer per row, and the error that lost all of them where one did. */
export interface Outcome {
  readonly answers: Answer[];
  readonly cause: SuspectError | null;
}

/**
 * Ask for one batch, again after passing failures.
 *
 * @throws SuspectError where asking on makes no sense: SUSPECT_ADDRESS, SUSPECT_REDIRECT, SUSPECT_CERTIFICATE,
 *   SUSPECT_BUSY, SUSPECT_CHALLENGED, SUSPECT_CLOSED, SUSPECT_PROTOCOL of what is not even HTTP
 */
export async function askEndpoint(
  endpoint: Endpoint,
  encoded: EncodedRequest,
  probes: readonly number[],
  recorder: ExchangeRecorder,
): Promise<Outcome> {
  try {
    const answer = await answerTo(endpoint, encoded, probes, recorder);
    return decodeAnswer(endpoint.protocol, answer, probes.length);
  } catch (error) {
    const passing = error instanceof PassingFailure ? error : null;
    const behind = passing === null ? error : passing.cause;
    const cause = behind instanceof SuspectError ? behind : null;
    if (cause !== null && LATER.includes(cause.code)) {
      await recorder.defer?.(probes);
      throw cause;
    }
    if (passing !== null) return { answers: lostRows(probes.length, passing.message), cause };
    if (cause !== null && LOSES_ROWS.includes(cause.code))
      return { answers: lostRows(probes.length, cause.message), cause };
    throw error;
  }
}

/**
 * The answer to one request, asked again after passing failures.
 *
 * @throws PassingFailure where none has passed; SuspectError
 */
export async function answerTo(
  endpoint: Endpoint,
  encoded: EncodedRequest,
  probes: readonly number[],
  recorder: ExchangeRecorder,
): Promise<FetchAnswer> {
  const attempts = retryPolicy(endpoint.retry);
  return attempts.execute(() => askOnce(endpoint, encoded, probes, recorder));
}

/**
 * One exchange, when its time has come.
 *
 * @throws PassingFailure where another attempt makes sense; SuspectError
 */
export async function askOnce(
  { fetch, pace, headers, sign, protocol, answeredBefore }: Endpoint,
  encoded: EncodedRequest,
  probes: readonly number[],
  recorder: ExchangeRecorder,
): Promise<FetchAnswer> {
  await pace(probes.length);
  const secrets = { ...headers, ...(await sign?.(encoded)) };
  const answer = await exchange(followingUp(fetch, protocol, secrets), recorder, {
    ...encoded,
    secrets,
    probes,
  }).catch((error: unknown) => {
    // Nothing was answered, not even in part: it may be asked again.
    const again = error instanceof SuspectError && error.code === "SUSPECT_UNREACHABLE";
    throw again ? new PassingFailure(error.message, 0, { cause: error }) : error;
  });
  const shown = challengeIn(answer, answeredBefore?.() ?? false);
  if (shown !== null) throw challenged(answer.status, shown);
  const { headers: said } = answer;
  const status = httpStatusOf(protocol, answer);
  const failure = passingFailure({ status, headers: said }, protocol.waitMs?.(answer) ?? 0);
  if (failure !== null) throw failure;
  return answer;
}

/**
 * Read an answer, live or from a record. One that the protocol does not know loses its rows, and says so.
 *
 * @param rows that were asked; 0 for metadata, which are on the record too and answer no probe
 */
export function decodeAnswer(protocol: Decoder, answer: ReceivedAnswer, rows: number): Outcome {
  if (rows === 0) return { answers: [], cause: null };
  try {
    const shown = challengeIn(answer, false);
    if (shown !== null) throw challenged(answer.status, shown);
    requireWelcome(protocol, answer);
    return { answers: protocol.decode(answer, rows), cause: null };
  } catch (error) {
    if (!(error instanceof SuspectError)) throw error;
    return { answers: lostRows(rows, error.message), cause: error };
  }
}

/** @throws SuspectError SUSPECT_REFUSED */
export function requireWelcome(protocol: Pick<Decoder, "httpStatus">, answer: ReceivedAnswer): void {
  const status = httpStatusOf(protocol, answer);
  if (status === 401 || status === 403) throw refused(status);
}

function httpStatusOf({ httpStatus }: Pick<Decoder, "httpStatus">, answer: ReceivedAnswer): number {
  return httpStatus?.(answer) ?? answer.status;
}

/** The endpoint wants to know who asks, or does not want this one to. */
export function refused(status: number): SuspectError {
  return new SuspectError(
    "SUSPECT_REFUSED",
    `the endpoint answers ${status}`,
    "Give credentials with --header, or check those that were given.",
  );
}
