import type { Tensor } from "@indicia/onnx/tensor";
import { answerTo, type Endpoint } from "./ask-endpoint.js";
import { challengeIn } from "./challenge.js";
import { SuspectError } from "./error.js";
import { FORGETFUL } from "./exchange.js";
import { createGuardedFetch } from "./guarded-fetch.js";
import { rowsOf, rowsPerRequest } from "./in-batches.js";
import { type EndpointOptions, MAX_ANSWER_BYTES, openProtocol, TIMEOUT_MS } from "./index.js";
import { createPacer } from "./pacer.js";
import type { Decoder, EncodedRequest, ReceivedAnswer } from "./protocol.js";
import { type Reading, readAnswer } from "./readings.js";
import { PassingFailure, passingFailure } from "./retry.js";
import { requestHeaders } from "./user-headers.js";

/** What an endpoint said of one row by name: scores, the name of one class, or nothing of the kind. */
export type NamedReading = ReadonlyMap<string, number> | string | null;

/** An endpoint that is asked for names of classes, before anybody can say which they are. */
export interface NameReader {
  /**
   * @param rows of `inputs`
   * @returns one reading per row
   * @throws SuspectError where asking on makes no sense
   */
  ask(inputs: Readonly<Record<string, Tensor>>, rows: number): Promise<NamedReading[]>;
  /** Why rows were lost, the first of them; null where none was. */
  whyLost(): string | null;
  close(): Promise<void>;
}

/** What is known of a request that was sent before an interruption. */
export type AskedBefore =
  | { readonly kind: "answer"; readonly answer: ReceivedAnswer }
  /** It may have been answered, and is not asked again. */
  | { readonly kind: "lost"; readonly reason: string };

export interface NamesOptions extends Omit<EndpointOptions, "budget"> {
  /** Null for a request that was not sent before. */
  readonly before?: (request: EncodedRequest) => AskedBefore | null;
}

/**
 * Open an endpoint to learn its names of classes. Exchanges are recorded as metadata are: they answer no probe.
 *
 * @throws SuspectError where it cannot be asked at all
 */
export async function openNames(options: NamesOptions): Promise<NameReader> {
  const { recorder = FORGETFUL, retry, before } = options;
  const fetch = createGuardedFetch({
    allowPrivate: options.allowPrivate,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    maxBytes: options.maxAnswerBytes ?? MAX_ANSWER_BYTES,
  });
  try {
    const { protocol, headers, sign } = await openProtocol(fetch, options);
    const endpoint: Endpoint = {
      fetch,
      protocol,
      headers: { ...headers, ...requestHeaders(options.headers) },
      ...(sign === undefined ? {} : { sign }),
      pace: options.pace ?? createPacer(options.rate),
      ...(retry === undefined ? {} : { retry }),
    };
    let reason: string | null = null;
    const name = (reading: Reading): NamedReading => {
      if (reading.kind === "lost") reason ??= reading.reason;
      return namesIn(reading);
    };
    return {
      ask: async (inputs, rows) => {
        const named: NamedReading[] = [];
        const step = rowsPerRequest(protocol.maxRows, inputs, rows);
        for (let from = 0; from < rows; from += step) {
          const to = Math.min(from + step, rows);
          const request = protocol.encode(rowsOf(inputs, from, to));
          try {
            const known = before?.(request) ?? null;
            if (known?.kind === "lost") throw new PassingFailure(known.reason, 0);
            const answer =
              known === null || isTurnedAway(protocol, known.answer)
                ? await answerTo(endpoint, request, [], recorder)
                : known.answer;
            named.push(...readAnswer(protocol, answer, to - from).map(name));
          } catch (error) {
            if (error instanceof PassingFailure && error.cause instanceof SuspectError) throw error.cause;
            if (!isLoss(error)) throw error;
            reason ??= error.message;
            named.push(...Array<null>(to - from).fill(null));
          }
        }
        return named;
      },
      whyLost: () => reason,
      close: () => fetch.close(),
    };
  } catch (error) {
    await fetch.close();
    throw error;
  }
}

/** Whether an answer says that nothing was done, so that asking once more asks nothing twice. */
function isTurnedAway({ httpStatus }: Pick<Decoder, "httpStatus">, answer: ReceivedAnswer): boolean {
  const status = httpStatus?.(answer) ?? answer.status;
  if (status === 401 || status === 403 || challengeIn(answer, false) !== null) return true;
  return passingFailure({ status, headers: {} }) !== null;
}

/** Whether one request's rows are lost by it, and others may be answered. */
function isLoss(error: unknown): error is PassingFailure | SuspectError {
  if (error instanceof PassingFailure) return true;
  return (
    error instanceof SuspectError &&
    ["SUSPECT_PROTOCOL", "SUSPECT_TIMEOUT", "SUSPECT_CUT_SHORT", "SUSPECT_TOO_LARGE"].includes(error.code)
  );
}

function namesIn(reading: Reading): NamedReading {
  if (reading.kind === "scores") return reading.scores;
  return reading.kind === "label" && typeof reading.label === "string" ? reading.label : null;
}
