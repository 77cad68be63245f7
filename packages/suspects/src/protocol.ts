import type { Answer } from "@indicia/core/suspect";
import type { Reading } from "./readings.js";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";

/** A request as a protocol forms it. */
export interface EncodedRequest {
  readonly method: "POST" | "PUT";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Whether it goes by HTTP/2, whose trailers then stand among the answer's headers. */
  readonly http2?: boolean;
}

/** A request for the answer to one before it. */
export interface FollowUp {
  readonly method: "GET";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** As much of an answer as decoding needs; a record of it holds the same. */
export interface ReceivedAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * How a kind of endpoint is spoken to. Each protocol has a function that makes this from what the endpoint says of
 * itself, or from a configuration; from there on all is pure, so that a recorded exchange decodes again, offline, to the
 * same answers.
 */
export interface Protocol {
  readonly name: string;
  /** Inputs as the endpoint declares them; empty where it does not say. */
  readonly inputs: readonly ValueInfo[];
  readonly model: string | null;
  /** All that {@link Protocol.decode} needs beside the answer; see `recordedDecoder`. */
  readonly decoding: Decoding;
  /** Rows that one request may carry. */
  readonly maxRows: number;
  /**
   * @param inputs at most `maxRows` rows
   * @throws SuspectError SUSPECT_INPUTS where the endpoint cannot be asked this
   */
  encode(inputs: Readonly<Record<string, Tensor>>): EncodedRequest;
  /**
   * @param rows how many rows were asked
   * @returns one answer per row; a row without a usable answer is `lost`
   * @throws SuspectError SUSPECT_PROTOCOL for an answer that this protocol does not know
   */
  decode(answer: ReceivedAnswer, rows: number): Answer[];
  /**
   * The same before names of classes are given their places; absent where answers never name any.
   *
   * @throws SuspectError as `decode` does
   */
  read?(answer: ReceivedAnswer, rows: number): Reading[];
  /** Milliseconds after which an answer that is none asks to be asked again; absent, or 0, where it does not say. */
  waitMs?(answer: ReceivedAnswer): number;
  /**
   * The status that HTTP has for what an answer says, for protocols whose statuses are their own: whether to ask again (429,
   * 502 to 504) and whether it refuses (401, 403) is read off it. Absent where statuses are HTTP's.
   */
  httpStatus?(answer: ReceivedAnswer): number;
  /**
   * Where a server first takes a request and then gives its answer: the request for that, of the same origin, from what
   * came first; null where that is the answer already. Both are one exchange, of which the record keeps what came last,
   * as it does of redirects.
   */
  followUp?(first: ReceivedAnswer): FollowUp | null;
}

/** The part of a protocol that reads answers. */
export type Decoder = Pick<Protocol, "decode" | "httpStatus">;

/**
 * How recorded answers are decoded, and how the requests came to be; plain JSON, without secrets that the requests do not
 * hold themselves, that goes into the record. Each protocol has its own members, of which `encoding` says how requests
 * came to be. What reads them is the protocol's {@link RecordReader}.
 */
export interface Decoding {
  readonly protocol: string;
  readonly [member: string]: unknown;
}

/** Names under which endpoints differ; a literal list, so that nothing registers itself. */
export const ENDPOINT_PROTOCOLS = [
  "oip",
  "oip-grpc",
  "tf-serving",
  "torchserve",
  "hf",
  "gradio",
  "sagemaker",
  "openai",
  "json",
] as const;

export type EndpointProtocol = (typeof ENDPOINT_PROTOCOLS)[number];

/** Those of them that cannot do without a configuration. */
export const NEED_CONFIG: readonly EndpointProtocol[] = ["openai", "json"];
