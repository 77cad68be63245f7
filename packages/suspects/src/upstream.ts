import type { Answer } from "@indicia/core/suspect";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { decodeAnswer } from "./ask-endpoint.js";
import { followingUp } from "./follow-up.js";
import { createGuardedFetch } from "./guarded-fetch.js";
import { openProtocol } from "./index.js";
import type { ProtocolOptions } from "./opener.js";
import { requestHeaders } from "./user-headers.js";

/** Answer time of one request. */
const TIMEOUT_MS = 30_000;
/** Largest answer: hundreds of rows of a thousand classes in JSON. */
const MAX_ANSWER_BYTES: number = 64 * 2 ** 20;

export interface UpstreamOptions extends ProtocolOptions {
  /** Allow addresses of one's own network. */
  readonly allowPrivate: boolean;
  /** Of one request, default half a minute. */
  readonly timeoutMs?: number;
}

/** An endpoint of one's own, asked for whoever asks: no budget, no rate, no record, no second attempt. */
export interface Upstream {
  /** Inputs as the endpoint declares them; empty where it does not say. */
  readonly inputs: readonly ValueInfo[];
  /** Rows that one request may carry. */
  readonly maxRows: number;
  /**
   * @returns one answer per row; a row without a usable answer is `lost`
   * @throws SuspectError SUSPECT_* of the fetch, SUSPECT_REFUSED, SUSPECT_PROTOCOL, SUSPECT_INPUTS
   */
  ask(inputs: Readonly<Record<string, Tensor>>, rows: number): Promise<Answer[]>;
  close(): Promise<void>;
}

/** Open an endpoint. @throws SuspectError where it cannot be asked at all */
export async function openUpstream(options: UpstreamOptions): Promise<Upstream> {
  const fetch = createGuardedFetch({
    allowPrivate: options.allowPrivate,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
  });
  try {
    const { protocol, headers, sign } = await openProtocol(fetch, options);
    const secrets = { ...headers, ...requestHeaders(options.headers) };
    return {
      inputs: protocol.inputs,
      maxRows: protocol.maxRows,
      ask: async (inputs, rows) => {
        const request = protocol.encode(inputs);
        const signed = await sign?.(request);
        const hidden = { ...secrets, ...signed };
        const answer = await followingUp(
          fetch,
          protocol,
          hidden,
        )({ ...request, headers: { ...request.headers, ...hidden } });
        const { answers, cause } = decodeAnswer(protocol, answer, rows);
        if (cause !== null) throw cause;
        return answers;
      },
      close: () => fetch.close(),
    };
  } catch (error) {
    await fetch.close();
    throw error;
  }
}
