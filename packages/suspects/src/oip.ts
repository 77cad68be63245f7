import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import type { AskPage } from "./ask-page.js";
import { requireOutput } from "./choose-output.js";
import { fitInputs } from "./fit-inputs.js";
import { asObject, objectsOf } from "./json-values.js";
import { modelPage, oipPage, readOipAddress } from "./oip-address.js";
import { declaration, decodeInfer } from "./oip-decode.js";
import { encodeInfer } from "./oip-encode.js";
import { modelMetadata, onlyModel, requireReady, serverMetadata } from "./oip-metadata.js";
import type { OipDecoding } from "./oip-record.js";
import { filledUp, fixedRows, MAX_ROWS } from "./oip-rows.js";
import type { EncodedRequest, Protocol } from "./protocol.js";

/** The extension by which tensors travel as bytes, as servers list it in their metadata. */
const BINARY_EXTENSION = "binary_tensor_data";

export interface OipOptions {
  readonly url: URL;
  /** Name of the model, or null to take it from the address or from the server's index. */
  readonly model: string | null;
  /** Output to read, or null for the one that looks like scores. */
  readonly output: string | null;
  /** Whether tensors travel as bytes, or null for what the server offers. */
  readonly binary: boolean | null;
}

/** What a server says of itself and of a model. */
export interface OipMetadata {
  /** Where inference requests go. */
  readonly infer: URL;
  readonly model: string;
  /** Body of the server's metadata, or null where it gives none. */
  readonly server: unknown;
  /** Body of the model's metadata. */
  readonly description: unknown;
}

/**
 * The Open Inference Protocol v2 over REST. Asks the server for its metadata and the model's first.
 *
 * @throws SuspectError SUSPECT_NOT_READY, SUSPECT_MODEL_UNKNOWN, SUSPECT_OUTPUT_UNKNOWN, SUSPECT_REFUSED,
 *   SUSPECT_PROTOCOL, and those of asking
 */
export async function openOip(ask: AskPage, options: OipOptions): Promise<Protocol> {
  const address = readOipAddress(options.url);
  await requireReady(ask, address);
  const model = options.model ?? address.model ?? (await onlyModel(ask, address));
  const page = modelPage(model, model === address.model ? address.version : null);
  return oipProtocol(
    {
      infer: oipPage(address, `${page}/infer`),
      model,
      server: await serverMetadata(ask, address),
      description: await modelMetadata(ask, oipPage(address, page), model),
    },
    options,
  );
}

/**
 * The protocol from what a server said of itself. Pure.
 *
 * @throws SuspectError SUSPECT_PROTOCOL, SUSPECT_OUTPUT_UNKNOWN
 */
export function oipProtocol(
  { infer, model, server, description }: OipMetadata,
  options: Pick<OipOptions, "output" | "binary">,
): Protocol {
  const inputs = objectsOf(asObject(description)?.["inputs"]).map(declaration);
  const outputs = objectsOf(asObject(description)?.["outputs"]).map(declaration);
  const output = requireOutput(outputs, options.output);
  const extensions = asObject(server)?.["extensions"];
  const binary = options.binary ?? (Array.isArray(extensions) && extensions.includes(BINARY_EXTENSION));
  const fixed = fixedRows(inputs);
  return {
    name: "oip",
    inputs,
    model,
    decoding: {
      protocol: "oip",
      output,
      fixedRows: fixed,
      encoding: { binary, inputs },
    } satisfies OipDecoding,
    maxRows: fixed ?? MAX_ROWS,
    encode: (rows) => encodeRows({ infer, inputs, output, binary, fixed }, rows),
    decode: (answer, rows) => decodeInfer(answer, { output, rows, sent: fixed ?? rows }),
  };
}

/** An inference request for rows, from what is known of the model. */
export function encodeRows(
  model: {
    readonly infer: URL;
    readonly inputs: readonly ValueInfo[];
    readonly output: string | null;
    readonly binary: boolean;
    /** Rows that the server fixes for every request, or null. */
    readonly fixed: number | null;
  },
  rows: Readonly<Record<string, Tensor>>,
): EncodedRequest {
  const { infer, inputs, output, binary, fixed } = model;
  return encodeInfer(infer, fitInputs(filledUp(rows, fixed), inputs), { output, binary });
}
