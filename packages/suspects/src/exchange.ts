import type { ExchangeRecorder } from "@indicia/core/suspect";
import type { FetchAnswer, FetchRequest } from "./guarded-fetch.js";
import { shownUrl } from "./shown-url.js";

/** What stands in the record where a header of the user's stood. */
const REDACTED = "redacted";

/** A request, who it asks, and for whom. */
export interface Exchange extends FetchRequest {
  /** Headers that the user gave; they may hold credentials, so that only their names are recorded. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Indices of the probes, by row; empty for metadata. */
  readonly probes: readonly number[];
}

/**
 * One request and its answer, on the record: the intent is durable before anything is sent, and what comes back is
 * written down before anybody reads it.
 *
 * @throws SuspectError what the fetch throws, recorded as lost; and whatever the recorder throws
 */
export async function exchange(
  fetch: (request: FetchRequest) => Promise<FetchAnswer>,
  recorder: ExchangeRecorder,
  { secrets, probes, ...request }: Exchange,
): Promise<FetchAnswer> {
  const hidden = Object.fromEntries(Object.keys(secrets).map((name) => [name, REDACTED]));
  const intent = await recorder.intent({
    method: request.method,
    url: shownUrl(request.url),
    headers: { ...request.headers, ...hidden },
    body: request.body ?? new Uint8Array(0),
    probes,
  });
  let answer: FetchAnswer;
  try {
    answer = await fetch({ ...request, headers: { ...request.headers, ...secrets } });
  } catch (error) {
    await recorder.lost(intent, error instanceof Error ? error.message : String(error));
    throw error;
  }
  const { status, headers, body, address, certificate } = answer;
  await recorder.answer(intent, {
    status,
    headers,
    body,
    ...(address === null ? {} : { address }),
    ...(certificate === null ? {} : { certificate }),
  });
  return answer;
}

/** A recorder for exchanges that nobody wants to keep. */
export const FORGETFUL: ExchangeRecorder = {
  intent: async () => 0,
  answer: async () => undefined,
  lost: async () => undefined,
};
