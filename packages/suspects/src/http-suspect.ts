import { setTimeout as sleep } from "node:timers/promises";
import type { Answer, BlackBoxSuspect, ExchangeRecorder, SuspectIdentity } from "@indicia/core/suspect";
import { sliceRows, type Tensor } from "@indicia/onnx/tensor";
import { ExponentialBackoff, handleWhen, retry } from "cockatiel";
import { lostRows } from "./answers.js";
import { SuspectError } from "./error.js";
import type { FetchAnswer, GuardedFetch } from "./guarded-fetch.js";
import type { EncodedRequest, Protocol, ReceivedAnswer } from "./protocol.js";

/** Attempts after the first; a service that needs more is down. */
const RETRIES = 4;
const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 30_000;
/** A server may ask to wait; longer than this is a refusal. */
const MAX_RETRY_AFTER_S = 120;
/** Requests in a row without a usable answer after which a suspect counts as gone. */
const MAX_LOST_IN_A_ROW = 8;
/** Statuses that promise another outcome later (RFC 9110, sections 15.6; RFC 6585, section 4). */
const PASSING = new Set([429, 502, 503, 504]);

export interface HttpSuspectOptions {
  readonly fetch: GuardedFetch;
  readonly protocol: Protocol;
  readonly identity: SuspectIdentity;
  readonly headers: Readonly<Record<string, string>>;
  /** Requests per second. */
  readonly rate: number;
  /** Rows that may be asked in all; the suspect answers no more after them. */
  readonly budget: number;
  /** Waiting, for tests. */
  readonly wait?: (ms: number) => Promise<void>;
}

/** A passing failure: worth another attempt, which is an exchange of its own. */
class PassingFailure extends Error {
  readonly retryAfterMs: number;
  constructor(message: string, retryAfterMs: number, options?: ErrorOptions) {
    super(message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/** A suspect behind an endpoint: batches, rate, budget and retries, whatever its protocol. */
export function httpSuspect(options: HttpSuspectOptions): BlackBoxSuspect {
  const { protocol, fetch } = options;
  const wait = options.wait ?? ((ms: number) => sleep(ms));
  const pace = pacer(options.rate, wait);
  let left = options.budget;
  let lostInARow = 0;
  return {
    identity: options.identity,
    inputs: protocol.inputs,
    query: async (inputs, probes, recorder) => {
      const answers: Answer[] = [];
      while (answers.length < probes.length) {
        const from = answers.length;
        const rows = Math.min(protocol.maxRows, probes.length - from);
        if (left < rows) {
          answers.push(...lostRows(probes.length - from, "the budget is used up"));
          break;
        }
        left -= rows;
        const encoded = protocol.encode(rowsOf(inputs, from, from + rows));
        const asked = await ask({ ...options, wait, pace }, encoded, probes.slice(from, from + rows), recorder);
        answers.push(...asked);
        lostInARow = asked.every(({ kind }) => kind === "lost") ? lostInARow + 1 : 0;
        if (lostInARow >= MAX_LOST_IN_A_ROW) throw silent(asked);
      }
      return answers;
    },
    replay: (answer, rows) => decoded(protocol, answer, rows),
    close: () => fetch.close(),
  };
}

function rowsOf(inputs: Readonly<Record<string, Tensor>>, from: number, to: number): Record<string, Tensor> {
  return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, tensor.dims.length === 0 ? tensor : sliceRows(tensor, from, to)]));
}

interface Asking extends HttpSuspectOptions {
  readonly wait: (ms: number) => Promise<void>;
  readonly pace: () => Promise<void>;
}

async function ask(options: Asking, encoded: EncodedRequest, probes: readonly number[], recorder: ExchangeRecorder): Promise<Answer[]> {
  const policy = retry(
    handleWhen((error) => error instanceof PassingFailure),
    { maxAttempts: RETRIES, backoff: new ExponentialBackoff({ initialDelay: FIRST_DELAY_MS, maxDelay: MAX_DELAY_MS }) },
  );
  try {
    return await policy.execute(() => attempt(options, encoded, probes, recorder));
  } catch (error) {
    if (error instanceof PassingFailure) return lostRows(probes.length, error.message);
    throw error;
  }
}

/** One exchange: the intent is durable before anything is sent. */
async function attempt(options: Asking, encoded: EncodedRequest, probes: readonly number[], recorder: ExchangeRecorder): Promise<Answer[]> {
  await options.pace();
  const headers = { ...options.headers, ...encoded.headers };
  const intent = await recorder.intent({ method: "POST", url: encoded.url.href, headers, body: encoded.body, probes });
  let answer: FetchAnswer;
  try {
    answer = await options.fetch({ method: "POST", url: encoded.url, headers, body: encoded.body });
  } catch (error) {
    await recorder.lost(intent, error instanceof Error ? error.message : "no answer");
    if (error instanceof SuspectError && (error.code === "SUSPECT_UNREACHABLE" || error.code === "SUSPECT_TIMEOUT")) {
      throw new PassingFailure(error.message, 0, { cause: error });
    }
    throw error;
  }
  await recorder.answer(intent, {
    status: answer.status,
    headers: answer.headers,
    body: answer.body,
    ...(answer.address === null ? {} : { address: answer.address }),
    ...(answer.certificate === null ? {} : { certificate: answer.certificate }),
  });
  if (PASSING.has(answer.status)) {
    const seconds = retryAfter(answer);
    if (seconds > 0 && seconds <= MAX_RETRY_AFTER_S) await options.wait(1000 * seconds);
    throw new PassingFailure(`HTTP status ${answer.status}`, 1000 * seconds);
  }
  if (answer.status === 401 || answer.status === 403) {
    throw new SuspectError("SUSPECT_REFUSED", `the endpoint answers ${answer.status}`, "Give credentials with --header.");
  }
  return decoded(options.protocol, answer, probes.length);
}

/** An answer that cannot be read at all loses its rows; it does not end the examination. */
function decoded(protocol: Protocol, answer: ReceivedAnswer, rows: number): Answer[] {
  try {
    return protocol.decode(answer, rows);
  } catch (error) {
    if (error instanceof SuspectError && error.code === "SUSPECT_PROTOCOL") return lostRows(rows, error.message);
    throw error;
  }
}

function retryAfter({ headers }: FetchAnswer): number {
  const seconds = Number(headers["retry-after"] ?? "0");
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

/** Requests are spaced evenly, so that a rate holds in every second. */
function pacer(rate: number, wait: (ms: number) => Promise<void>): () => Promise<void> {
  let next = 0;
  return async () => {
    const now = performance.now();
    const due = Math.max(now, next);
    next = due + 1000 / rate;
    if (due > now) await wait(due - now);
  };
}

function silent(asked: readonly Answer[]): SuspectError {
  const reason = asked.find((answer) => answer.kind === "lost")?.reason ?? "no answer";
  return new SuspectError(
    "SUSPECT_SILENT",
    `${MAX_LOST_IN_A_ROW} requests in a row brought no usable answer; the last: ${reason}`,
    "Check that the probes fit the endpoint; what was answered so far is kept, go on with --resume.",
  );
}
