import type { Answer } from "@indicia/core/suspect";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";

/** A request as a protocol forms it; where it goes is relative to nothing: the URL is whole. */
export interface EncodedRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface ReceivedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * How a kind of endpoint is spoken to. Encoding and decoding are pure, so that a recorded exchange decodes again, offline,
 * to the same answers.
 */
export interface Protocol {
  readonly name: string;
  readonly inputs: readonly ValueInfo[];
  readonly model: string | null;
  /** Rows that one request may carry. */
  readonly maxRows: number;
  encode(inputs: Readonly<Record<string, Tensor>>): EncodedRequest;
  /**
   * @param rows how many rows were asked
   * @returns one answer per row; a row without a usable answer is `lost`
   * @throws SuspectError SUSPECT_PROTOCOL where nothing of it can be used
   */
  decode(answer: ReceivedAnswer, rows: number): Answer[];
}

/** Names under which endpoints differ; a literal list, so that nothing registers itself. */
export type EndpointProtocol = "oip" | "json";
