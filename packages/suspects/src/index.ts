import path from "node:path";
import type { BlackBoxSuspect, ExchangeRecorder, WhiteBoxSuspect } from "@indicia/core/suspect";
import { hashFiles } from "@indicia/onnx/hash-files";
import { SuspectError } from "./error.js";
import { exchange, FORGETFUL } from "./exchange.js";
import { createGuardedFetch, type GuardedFetch } from "./guarded-fetch.js";
import { httpSuspect } from "./http-suspect.js";
import { jsonProtocol } from "./json.js";
import { readJsonConfig } from "./json-config.js";
import { openOip } from "./oip.js";
import { onnxBlackBox } from "./onnx-black-box.js";
import type { EndpointProtocol, Protocol } from "./protocol.js";
import type { RetryPace } from "./retry.js";
import { requestHeaders } from "./user-headers.js";

/** A protocol that is ready, and headers of its configuration, as secret as the user's own. */
export interface OpenedProtocol {
  readonly protocol: Protocol;
  readonly headers: Readonly<Record<string, string>>;
}

/** Every way to speak to an endpoint; a new protocol adds one line. */
const PROTOCOLS: Readonly<
  Record<EndpointProtocol, (fetch: GuardedFetch, options: ProtocolOptions) => Promise<OpenedProtocol>>
> = {
  oip: oipEndpoint,
  json: jsonEndpoint,
};

/** Answer time of one request: slow models think for seconds, not minutes. */
const TIMEOUT_MS = 60_000;
/** Largest answer, and what the record takes: hundreds of rows of a thousand classes in JSON. */
const MAX_ANSWER_BYTES: number = 64 * 2 ** 20;

/** What an endpoint is, and how it is spoken to. */
export interface ProtocolOptions {
  readonly url: URL;
  readonly protocol: EndpointProtocol;
  /** Name of the model, for `oip`; null to find out. */
  readonly model: string | null;
  /** Path of the configuration, for `json`. */
  readonly config: string | null;
  /** Sent with every request; only their names are recorded. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where requests for metadata are recorded, which happen while opening; default nowhere. */
  readonly recorder?: ExchangeRecorder;
  /** Output to read, for `oip`; null, the default, for the one that looks like scores. */
  readonly output?: string | null;
  /** Whether tensors travel as bytes, for `oip`; null, the default, for what the server offers. */
  readonly binary?: boolean | null;
}

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
  const { url, retry, concurrency, totalMs } = options;
  const fetch = createGuardedFetch({
    allowPrivate: options.allowPrivate,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    maxBytes: options.maxAnswerBytes ?? MAX_ANSWER_BYTES,
  });
  try {
    const { protocol, headers } = await openProtocol(fetch, options);
    return httpSuspect({
      fetch,
      protocol,
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
    });
  } catch (error) {
    await fetch.close();
    throw error;
  }
}

async function oipEndpoint(fetch: GuardedFetch, options: ProtocolOptions): Promise<OpenedProtocol> {
  const { url, model, output = null, binary = null, recorder = FORGETFUL } = options;
  const secrets = requestHeaders(options.headers);
  const protocol = await openOip(
    (method, page, body) =>
      exchange(fetch, recorder, {
        method,
        url: page,
        headers: body === undefined ? {} : { "content-type": "application/json" },
        ...(body === undefined ? {} : { body }),
        secrets,
        probes: [],
      }),
    { url, model, output, binary },
  );
  return { protocol, headers: {} };
}

async function jsonEndpoint(_: GuardedFetch, { url, config }: ProtocolOptions): Promise<OpenedProtocol> {
  if (config === null) {
    throw new SuspectError(
      "SUSPECT_CONFIG",
      "the json protocol needs a configuration",
      "Give --config FILE; see --help for an example.",
    );
  }
  const read = readJsonConfig(config);
  return { protocol: jsonProtocol(url, read), headers: requestHeaders(read.headers) };
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
