import path from "node:path";
import type { BlackBoxSuspect, WhiteBoxSuspect } from "@indicia/core/suspect";
import { hashFiles } from "@indicia/onnx/hash-files";
import type { Pace } from "./ask-endpoint.js";
import { createGuardedFetch, type GuardedFetch } from "./guarded-fetch.js";
import { httpSuspect } from "./http-suspect.js";
import { onnxBlackBox } from "./onnx-black-box.js";
import { gradioEndpoint } from "./open-gradio.js";
import { hfEndpoint } from "./open-hf.js";
import { jsonEndpoint } from "./open-json.js";
import { oipEndpoint } from "./open-oip.js";
import { oipGrpcEndpoint } from "./open-oip-grpc.js";
import { openAiEndpoint } from "./open-openai.js";
import { sageMakerEndpoint } from "./open-sagemaker.js";
import { tfServingEndpoint } from "./open-tf-serving.js";
import { torchServeEndpoint } from "./open-torchserve.js";
import type { OpenedProtocol, Opener, ProtocolOptions } from "./opener.js";
import type { EndpointProtocol } from "./protocol.js";
import type { RetryPace } from "./retry.js";
import { requestHeaders } from "./user-headers.js";

/** Every way to speak to an endpoint; a new protocol adds one line. */
const PROTOCOLS: Readonly<Record<EndpointProtocol, Opener>> = {
  oip: oipEndpoint,
  "oip-grpc": oipGrpcEndpoint,
  "tf-serving": tfServingEndpoint,
  torchserve: torchServeEndpoint,
  hf: hfEndpoint,
  sagemaker: sageMakerEndpoint,
  openai: openAiEndpoint,
  gradio: gradioEndpoint,
  json: jsonEndpoint,
};

/** Answer time of one request: slow models think for seconds, not minutes. */
export const TIMEOUT_MS = 60_000;
/** Largest answer, and what the record takes: hundreds of rows of a thousand classes in JSON. */
export const MAX_ANSWER_BYTES: number = 64 * 2 ** 20;

export interface EndpointOptions extends ProtocolOptions {
  /** Allow addresses of one's own network. */
  readonly allowPrivate: boolean;
  /** Requests per second. */
  readonly rate: number;
  /** Rows that may be asked. */
  readonly budget: number;
  /** Requests under way at once, default 2. */
  readonly concurrency?: number;
  /** Of one request, from its first byte to the last of its answer; default a minute. */
  readonly timeoutMs?: number;
  /** Of all requests; what is asked later is lost. Default a day. */
  readonly totalMs?: number;
  /** Largest answer in bytes, default 64 MiB. */
  readonly maxAnswerBytes?: number;
  readonly retry?: RetryPace;
  /** See `HttpSuspectOptions`. */
  readonly pace?: Pace;
  /** See `Endpoint`. */
  readonly defers?: boolean;
}

/** Find out how an endpoint is spoken to. @throws SuspectError where it cannot be asked at all */
export function openProtocol(fetch: GuardedFetch, options: ProtocolOptions): Promise<OpenedProtocol> {
  return PROTOCOLS[options.protocol](fetch, options);
}

/**
 * Open an endpoint as a suspect.
 *
 * @throws SuspectError where it cannot be asked at all
 */
export async function openEndpoint(options: EndpointOptions): Promise<BlackBoxSuspect> {
  const { url, retry, concurrency, totalMs, pace, defers } = options;
  const fetch = createGuardedFetch({
    allowPrivate: options.allowPrivate,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    maxBytes: options.maxAnswerBytes ?? MAX_ANSWER_BYTES,
  });
  try {
    const { protocol, headers, sign } = await openProtocol(fetch, options);
    return httpSuspect({
      fetch,
      protocol,
      ...(sign === undefined ? {} : { sign }),
      // Neither credentials nor a query string, which may hold some, belong into the evidence.
      identity: {
        protocol: protocol.name,
        target: `${url.origin}${url.pathname}`,
        ...(protocol.model === null ? {} : { model: protocol.model }),
      },
      headers: { ...headers, ...requestHeaders(options.headers) },
      rate: options.rate,
      budget: options.budget,
      ...(retry === undefined ? {} : { retry }),
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(totalMs === undefined ? {} : { totalMs }),
      ...(pace === undefined ? {} : { pace }),
      ...(defers === undefined ? {} : { defers }),
    });
  } catch (error) {
    await fetch.close();
    throw error;
  }
}

/**
 * A model file whose weights are looked at. The file is read once, for its SHA-256.
 *
 * @throws what the file system throws
 */
export async function openFileSuspect(file: string): Promise<WhiteBoxSuspect> {
  const [hash] = await hashFiles([file]);
  return {
    path: file,
    identity: { protocol: "onnx", target: path.basename(file), sha256: hash?.sha256 ?? "" },
  };
}

/**
 * A model file that is only asked.
 *
 * @param budget rows that may be asked
 * @param output which output answers, or null for the one that looks like scores
 * @throws SuspectError SUSPECT_OUTPUT_UNKNOWN; RuntimeError MODEL_*
 */
export async function openOnnxBlackBox(
  file: string,
  budget: number,
  output: string | null = null,
): Promise<BlackBoxSuspect> {
  const { identity } = await openFileSuspect(file);
  return onnxBlackBox(file, { ...identity, protocol: "onnx-black-box" }, { budget, output });
}
