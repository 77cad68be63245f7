import type { Answer, BlackBoxSuspect, ExchangeRecorder, SuspectIdentity } from "@indicia/core/suspect";
import type { Tensor } from "@indicia/onnx/tensor";
import { lostRows } from "./answers.js";
import { askEndpoint, decodeAnswer, type Endpoint, type Pace } from "./ask-endpoint.js";
import { ordersClasses } from "./decoding.js";
import { SuspectError, type SuspectErrorCode } from "./error.js";
import { inBatches, rowsOf, rowsPerRequest } from "./in-batches.js";
import { createOneForm, type OneForm } from "./one-form.js";
import { createPacer } from "./pacer.js";

/** Requests in a row without a usable answer after which a suspect counts as gone. */
const MAX_LOST_IN_A_ROW = 8;
/** The same for one that never gave a usable answer. */
const MAX_LOST_AT_FIRST = 3;
/** Requests under way at once: enough to hide the way there and back, too few to be a burden. */
const CONCURRENCY = 2;
/** Asking ends after a day; it can go on with --resume. */
const MAX_TOTAL_MS: number = 24 * 60 * 60 * 1000;

/** Failures that before any usable answer say that this suspect cannot be asked at all. */
const FATAL_AT_FIRST: readonly SuspectErrorCode[] = [
  "SUSPECT_UNREACHABLE",
  "SUSPECT_PROTOCOL",
  "SUSPECT_REFUSED",
];

export interface HttpSuspectOptions extends Omit<Endpoint, "pace" | "answeredBefore"> {
  readonly identity: SuspectIdentity;
  /** Requests per second, attempts included. */
  readonly rate: number;
  /** Rows that may be asked in all; the rest is lost. Further attempts at the same rows cost nothing. */
  readonly budget: number;
  /** In place of a pace of this suspect's own. */
  readonly pace?: Pace;
  /** Requests under way at once. */
  readonly concurrency?: number;
  /** What is asked later than this after opening is lost. */
  readonly totalMs?: number;
}

/** What a suspect remembers from one request to the next. */
interface Asking extends Endpoint {
  readonly form: OneForm;
  /** Time of the process's clock at which asking ends. */
  readonly end: number;
  lostInARow: number;
}

/**
 * A suspect behind an endpoint: batches, rate, budget, retries and what to make of a suspect that falls silent,
 * whatever its protocol.
 */
export function httpSuspect(options: HttpSuspectOptions): BlackBoxSuspect {
  const { protocol, fetch, headers, sign, retry, concurrency = CONCURRENCY } = options;
  const form = createOneForm();
  const asking: Asking = {
    fetch,
    protocol,
    headers,
    ...(sign === undefined ? {} : { sign }),
    pace: options.pace ?? createPacer(options.rate),
    ...(options.defers === undefined ? {} : { defers: options.defers }),
    ...(retry === undefined ? {} : { retry }),
    form,
    answeredBefore: () => form.known,
    end: performance.now() + (options.totalMs ?? MAX_TOTAL_MS),
    lostInARow: 0,
  };
  let left = options.budget;
  return {
    identity: options.identity,
    inputs: protocol.inputs,
    parallel: concurrency,
    decoding: { ...protocol.decoding },
    ordersClasses: ordersClasses(protocol.decoding),
    query: async (inputs, probes, recorder) => {
      const rows = Math.min(left, probes.length);
      left -= rows;
      const answers = lostRows(probes.length, "the budget is used up");
      const step = rowsPerRequest(protocol.maxRows, inputs, probes.length);
      // Alone until the form of its answers is known, so that the record's order decides it and not the network's.
      await inBatches({ rows, step, concurrency, alone: () => !form.known }, async (from, to) => {
        const batch = await ask(asking, rowsOf(inputs, from, to), probes.slice(from, to), recorder);
        answers.splice(from, to - from, ...batch);
      });
      return answers;
    },
    replay: (answer, rows) => form.hold(decodeAnswer(protocol, answer, rows).answers),
    close: () => fetch.close(),
  };
}

/** Answers to one batch, and what they mean for asking on. */
async function ask(
  asking: Asking,
  inputs: Readonly<Record<string, Tensor>>,
  probes: readonly number[],
  recorder: ExchangeRecorder,
): Promise<Answer[]> {
  if (performance.now() > asking.end) return lostRows(probes.length, "the time is used up");
  const { answers, cause } = await askEndpoint(asking, asking.protocol.encode(inputs), probes, recorder);
  if (!asking.form.known && cause !== null && FATAL_AT_FIRST.includes(cause.code)) throw cause;
  const held = asking.form.hold(answers);
  asking.lostInARow = held.every(({ kind }) => kind === "lost") ? asking.lostInARow + 1 : 0;
  if (asking.lostInARow >= (asking.form.known ? MAX_LOST_IN_A_ROW : MAX_LOST_AT_FIRST)) {
    throw silent(asking.lostInARow, held, cause);
  }
  return held;
}

/** The code tells what it was, where that is known. */
function silent(requests: number, answers: readonly Answer[], cause: SuspectError | null): SuspectError {
  const reason = answers.find((answer) => answer.kind === "lost")?.reason ?? "no answer";
  return new SuspectError(
    cause?.code ?? "SUSPECT_SILENT",
    `${requests} requests in a row brought no usable answer; the last: ${reason}`,
    cause?.code === "SUSPECT_UNREACHABLE"
      ? "Check that the service is up; what was answered is kept."
      : "Check that the probes fit the endpoint; what was answered is kept.",
    { cause },
  );
}
