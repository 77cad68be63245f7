import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import type { BlackBoxSuspect, WhiteBoxSuspect } from "@indicia/core/suspect";
import { SuspectError } from "./error.js";
import { createGuardedFetch, type GuardedFetch } from "./guarded-fetch.js";
import { httpSuspect } from "./http-suspect.js";
import { jsonProtocol, readJsonConfig } from "./json.js";
import { openOip } from "./oip.js";
import { onnxBlackBox } from "./onnx-black-box.js";
import type { EndpointProtocol, Protocol } from "./protocol.js";

/** Every way to speak to an endpoint; a new protocol adds one line. */
const PROTOCOLS: Readonly<Record<EndpointProtocol, (fetch: GuardedFetch, options: EndpointOptions) => Promise<Protocol>>> = {
  oip: (fetch, options) => openOip(fetch, { ...options, output: null }),
  json: async (_, { url, config }) => {
    if (config === null) {
      throw new SuspectError("SUSPECT_CONFIG", "the json protocol needs a configuration", "Give --config FILE; see --help for an example.");
    }
    return jsonProtocol(url, readJsonConfig(config));
  },
};

export const ENDPOINT_PROTOCOLS: readonly EndpointProtocol[] = ["oip", "json"];

/** Answer time of one request: slow models think for seconds, not minutes. */
const TIMEOUT_MS = 60_000;
/** Largest answer: a batch of a hundred thousand classes in JSON. */
const MAX_ANSWER_BYTES: number = 64 * 2 ** 20;

export interface EndpointOptions {
  readonly url: URL;
  readonly protocol: EndpointProtocol;
  readonly model: string | null;
  readonly config: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly allowPrivate: boolean;
  /** Requests per second. */
  readonly rate: number;
  /** Rows that may be asked. */
  readonly budget: number;
  readonly timeoutMs?: number;
}

/**
 * Open an endpoint as a suspect.
 *
 * @throws SuspectError
 */
export async function openEndpoint(options: EndpointOptions): Promise<BlackBoxSuspect> {
  const fetch = createGuardedFetch({
    allowPrivate: options.allowPrivate,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    maxBytes: MAX_ANSWER_BYTES,
  });
  try {
    const protocol = await PROTOCOLS[options.protocol](fetch, options);
    const { url } = options;
    return httpSuspect({
      fetch,
      protocol,
      // Neither credentials nor a query string, which may hold some, belong into the evidence.
      identity: {
        protocol: protocol.name,
        target: `${url.origin}${url.pathname}`,
        ...(protocol.model === null ? {} : { model: protocol.model }),
      },
      headers: options.headers,
      rate: options.rate,
      budget: options.budget,
    });
  } catch (error) {
    await fetch.close();
    throw error;
  }
}

/** A model file whose weights are looked at. */
export async function openFileSuspect(file: string): Promise<WhiteBoxSuspect> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 4 * 2 ** 20 })) hash.update(chunk as Uint8Array);
  return { path: file, identity: { protocol: "onnx", target: path.basename(file), sha256: hash.digest("hex") } };
}

/** A model file that is only asked. */
export async function openOnnxBlackBox(file: string, budget: number): Promise<BlackBoxSuspect> {
  const { identity } = await openFileSuspect(file);
  return onnxBlackBox(file, { ...identity, protocol: "onnx-black-box" }, { budget, output: null });
}
