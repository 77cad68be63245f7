import type { LearnedAccess } from "@indicia/core/answer-kind";
import type { Answer } from "@indicia/core/suspect";
import type { Tensor } from "@indicia/onnx/tensor";
import { lostRows } from "./answers.js";
import { askOnce, type Endpoint, requireWelcome } from "./ask-endpoint.js";
import { SuspectError, type SuspectErrorCode } from "./error.js";
import { FORGETFUL } from "./exchange.js";
import {
  createGuardedFetch,
  type FetchAnswer,
  type FetchRequest,
  type GuardedFetch,
} from "./guarded-fetch.js";
import { rowsOf } from "./in-batches.js";
import { type EndpointOptions, MAX_ANSWER_BYTES, openProtocol, TIMEOUT_MS } from "./index.js";
import { answersSeen, type Inspection, type ReadTwice, repeatsSeen } from "./inspection.js";
import type { OpenedProtocol } from "./opener.js";
import { createPacer } from "./pacer.js";
import { type Reading, readAnswer } from "./readings.js";
import { PassingFailure } from "./retry.js";
import { requestHeaders } from "./user-headers.js";

/** Rows that are asked at most: each of them twice, or the first thrice. */
const MAX_ROWS = 8;
/** Requests per second where nobody says: a stranger's endpoint is met politely. */
const RATE = 4;

/** Failures after which nothing can be said of what answers, if anything does. */
const UNREACHED: readonly SuspectErrorCode[] = [
  "SUSPECT_ADDRESS",
  "SUSPECT_UNREACHABLE",
  "SUSPECT_CERTIFICATE",
  "SUSPECT_TIMEOUT",
  "SUSPECT_CLOSED",
  "SUSPECT_CONFIG",
];

/** Headers by which servers speak of limits (IETF draft "RateLimit header fields", and what came before it). */
const LIMITS = /^(?:x-)?rate-?limit|^retry-after$|-(?:quota|rate-?limit)-/;

export interface InspectOptions
  extends Omit<EndpointOptions, "rate" | "budget" | "retry" | "concurrency" | "totalMs"> {
  readonly rate?: number;
  /** At least one row; what comes after the first eight is not asked. */
  readonly rows: Readonly<Record<string, Tensor>>;
  /** `learnAccess` of the core. */
  readonly learn: (answers: readonly Answer[]) => LearnedAccess;
  /** Milliseconds, for latencies; by default the process's clock. */
  readonly clock?: () => number;
}

/**
 * Test a connection: ask a handful of rows, each of them twice, and say what the endpoint reveals. Nothing is tried
 * again, and exchanges are recorded as metadata are: no probe of an examination is spent.
 *
 * @returns also where it cannot be asked, with the error; it throws only what is no SuspectError
 */
export async function inspectEndpoint(options: InspectOptions): Promise<Inspection> {
  const seen = emptySight();
  const { recorder = FORGETFUL } = options;
  const fetch = createGuardedFetch({
    allowPrivate: options.allowPrivate,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    maxBytes: options.maxAnswerBytes ?? MAX_ANSWER_BYTES,
  });
  const counted = Object.assign(
    (request: Parameters<GuardedFetch>[0]) => {
      seen.requests++;
      return fetch(request);
    },
    { close: () => fetch.close() },
  );
  let opened: OpenedProtocol | null = null;
  let error: SuspectError | null = null;
  try {
    opened = await openProtocol(inTurn(counted, options.pace), { ...options, recorder });
    await askAll(asker(counted, opened, options, seen), opened.protocol.maxRows, options.rows, seen);
  } catch (thrown) {
    if (!(thrown instanceof SuspectError)) throw thrown;
    error = thrown;
  } finally {
    await fetch.close();
  }
  return inspectionOf(options, opened, seen, error);
}

/** What was seen so far. */
interface Sight {
  readonly readings: Reading[];
  readonly twice: ReadTwice[];
  readonly latencies: number[];
  readonly limits: Record<string, string>;
  server: string | null;
  requests: number;
  rows: number;
  mostRows: number;
}

function emptySight(): Sight {
  return {
    readings: [],
    twice: [],
    latencies: [],
    limits: {},
    server: null,
    requests: 0,
    rows: 0,
    mostRows: 0,
  };
}

type Ask = (rows: Readonly<Record<string, Tensor>>, count: number) => Promise<Reading[]>;

/** Asks once, on the record. @throws SuspectError where asking on makes no sense */
function asker(
  fetch: GuardedFetch,
  { protocol, headers, sign }: OpenedProtocol,
  options: InspectOptions,
  seen: Sight,
): Ask {
  const { recorder = FORGETFUL, clock = () => performance.now() } = options;
  const pacer = createPacer(options.rate ?? RATE);
  let start = clock();
  const endpoint: Endpoint = {
    fetch: Object.assign(
      async (request: FetchRequest) => {
        const answer = await fetch(request);
        noteHeaders(answer, seen);
        return answer;
      },
      { close: () => fetch.close() },
    ),
    protocol,
    headers: { ...headers, ...requestHeaders(options.headers) },
    ...(sign === undefined ? {} : { sign }),
    pace: async () => {
      await pacer();
      await options.pace?.(0);
      start = clock();
    },
    answeredBefore: () => seen.readings.length > 0,
  };
  return async (rows, count) => {
    const request = protocol.encode(rows);
    seen.rows += count;
    const answer = await askOnce(endpoint, request, [], recorder).catch(passedOver);
    if (typeof answer === "string") return lostRows(count, answer);
    seen.latencies.push(clock() - start);
    requireWelcome(protocol, answer);
    const readings = readingsOf(() => readAnswer(protocol, answer, count), count);
    if (readings.every(({ kind }) => kind !== "lost")) seen.mostRows = Math.max(seen.mostRows, count);
    return readings;
  };
}

/** A fetch of which each request waits until it may leave, where others ask the same host. */
export function inTurn(fetch: GuardedFetch, pace: EndpointOptions["pace"]): GuardedFetch {
  if (pace === undefined) return fetch;
  return Object.assign(
    async (request: FetchRequest) => {
      await pace(0);
      return await fetch(request);
    },
    { close: () => fetch.close() },
  );
}

function noteHeaders({ headers }: FetchAnswer, seen: Sight): void {
  seen.server = headers["server"] ?? seen.server;
  for (const [name, value] of Object.entries(headers)) if (LIMITS.test(name)) seen.limits[name] = value;
}

/**
 * The reason of a failure that may pass, which is not waited for here.
 *
 * @throws anything else, and what lies behind a failure that has a code of its own, such as a server that asks for fewer
 *   requests already
 */
function passedOver(error: unknown): string {
  if (error instanceof PassingFailure && !(error.cause instanceof SuspectError)) return error.message;
  throw error instanceof PassingFailure ? error.cause : error;
}

/** An answer that cannot be read is worth knowing, and no reason to stop. */
function readingsOf(read: () => Reading[], count: number): Reading[] {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SuspectError)) throw error;
    return lostRows(count, error.message);
  }
}

/**
 * The first row alone, twice; then all rows in one request, twice, where the protocol has room for them; one by one
 * where it has not, or where that was not answered.
 */
async function askAll(
  ask: Ask,
  maxRows: number,
  rows: Readonly<Record<string, Tensor>>,
  seen: Sight,
): Promise<void> {
  const count = Math.min(MAX_ROWS, Math.max(...Object.values(rows).map(({ dims }) => dims[0] ?? 0)));
  const together = Math.min(count, maxRows);
  const answered = await askTwice(ask, rowsOf(rows, 0, 1), 1, seen);
  if (answered && together > 1 && (await askTwice(ask, rowsOf(rows, 0, together), together, seen))) return;
  if (!answered) return;
  for (let row = 1; row < count; row++) await askTwice(ask, rowsOf(rows, row, row + 1), 1, seen);
}

/** @returns whether all rows were answered the first time; if not, they are not asked again */
async function askTwice(
  ask: Ask,
  rows: Readonly<Record<string, Tensor>>,
  count: number,
  seen: Sight,
): Promise<boolean> {
  const first = await ask(rows, count);
  seen.readings.push(...first);
  if (first.some(({ kind }) => kind === "lost")) return false;
  const second = await ask(rows, count);
  seen.readings.push(...second);
  for (const [i, reading] of first.entries()) {
    const again = second[i];
    if (again !== undefined) seen.twice.push([reading, again]);
  }
  return true;
}

function inspectionOf(
  { protocol, model, learn }: InspectOptions,
  opened: OpenedProtocol | null,
  seen: Sight,
  error: SuspectError | null,
): Inspection {
  const lost = seen.readings.filter((reading) => reading.kind === "lost");
  return {
    reachable: error === null || !UNREACHED.includes(error.code) || seen.latencies.length > 0,
    error: error === null ? null : { code: error.code, message: error.message, hint: error.hint },
    protocol,
    model: opened?.protocol.model ?? model,
    inputs: opened?.protocol.inputs ?? [],
    answers: answersSeen(seen.readings, learn),
    repeats: repeatsSeen(seen.twice),
    latencyMs: latency(seen.latencies),
    rowsPerRequest: { offered: opened?.protocol.maxRows ?? 0, answered: seen.mostRows },
    rateLimits: seen.limits,
    server: seen.server,
    requests: seen.requests,
    rows: seen.rows,
    lost: { rows: lost.length, reason: lost[0]?.reason ?? null },
  };
}

function latency(times: readonly number[]): Inspection["latencyMs"] {
  const sorted = times.toSorted((a, b) => a - b);
  const [least] = sorted;
  const most = sorted.at(-1);
  const median = sorted[Math.floor(sorted.length / 2)];
  return least === undefined || most === undefined || median === undefined ? null : { least, median, most };
}
