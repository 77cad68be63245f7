import type { FeatureReader } from "@indicia/core/marks/readout/features";
import type { Answer } from "@indicia/core/suspect";
import { concatRows, type Tensor, toFloat64, type ValueInfo } from "@indicia/onnx/tensor";
import { SuspectError } from "@indicia/suspects/error";
import { openUpstream, type Upstream, type UpstreamOptions } from "@indicia/suspects/upstream";
import { Refusal } from "../defences/refusal.js";
import type { Scores } from "../defences/defence.js";
import { type BatchingOptions, createBatcher, type Runner } from "./batcher.js";
import { classifier, type LiveModel } from "./live-model.js";

/** Requests to the endpoint under way at once: enough to hide the way there and back. */
const CONCURRENCY = 16;
/** Rows of one request to the endpoint. */
const MAX_ROWS = 32;
/** Least probability that has a logarithm here: what an endpoint rounds to zero is at most this. */
const LEAST: number = 2 ** -30;

export interface RemoteModelOptions extends UpstreamOptions {
  readonly name: string;
  readonly version: string;
  /** What the endpoint's answers are. */
  readonly scores: Scores;
  /** Inputs, where the endpoint does not declare them itself. */
  readonly inputs?: readonly ValueInfo[];
  readonly batching?: Partial<BatchingOptions>;
}

/**
 * A model behind an endpoint: the gateway stands in front of it as a reverse proxy. Its features are out of reach, its
 * logits are taken from what it answers, up to a constant per row.
 *
 * @throws SuspectError where the endpoint cannot be asked
 */
export async function openRemoteModel(options: RemoteModelOptions): Promise<LiveModel> {
  const { name, version, scores } = options;
  return classifier({ name, version, scores, reader: await openRemoteReader(options), features: false });
}

/** What marking needs of a model behind an endpoint: it has no features, so that customers are not marked (strength 0). */
export async function openRemoteReader(
  options: Omit<RemoteModelOptions, "name" | "version">,
): Promise<FeatureReader> {
  const { scores } = options;
  const upstream = await openUpstream(options);
  const batcher = createBatcher(runnerOf(upstream, options), {
    maxRows: Math.min(MAX_ROWS, upstream.maxRows),
    maxWaitMs: 0,
    fixedRows: null,
    ...options.batching,
  });
  return {
    inputs: batcher.inputs,
    read: async ({ tensors }) => {
      const { [scores.output]: tensor } = await batcher.runRows(tensors, { outputs: [scores.output] });
      const outputs = tensor === undefined ? new Float64Array(0) : toFloat64(tensor);
      return { outputs, logits: logitsOf(outputs, scores.tail), features: new Float64Array(0) };
    },
    close: () => batcher.close(),
  };
}

function runnerOf(
  upstream: Upstream,
  { scores, inputs }: Pick<RemoteModelOptions, "scores" | "inputs">,
): Runner {
  const { output, classes } = scores;
  return {
    inputs: upstream.inputs.length > 0 ? upstream.inputs : (inputs ?? []),
    outputs: [{ name: output, type: "float64", dims: [null, classes] }],
    size: CONCURRENCY,
    run: async (feeds) => {
      const rows = Object.values(feeds)[0]?.dims[0] ?? 1;
      const answers = await upstream.ask(feeds, rows).catch((error: unknown) => {
        throw refusalOf(error);
      });
      return { [output]: concatRows(answers.map((answer) => rowOf(answer, classes))) };
    },
    close: () => upstream.close(),
  };
}

function rowOf(answer: Answer, classes: number): Tensor {
  if (answer.kind === "lost") throw failed(answer.reason);
  if (answer.kind === "label") throw failed("it tells labels alone");
  if (answer.values.length !== classes || answer.values.some(Number.isNaN))
    throw failed(`it does not tell ${classes} scores`);
  return { type: "float64", dims: [1, classes], data: answer.values };
}

/** What the endpoint is, and what is wrong with it, stays inside. */
function failed(reason: string, cause?: unknown): Refusal {
  return new Refusal(502, "UPSTREAM_FAILED", "the model's endpoint gave no usable answer", {
    cause: cause ?? new Error(reason),
  });
}

function refusalOf(error: unknown): unknown {
  if (!(error instanceof SuspectError)) return error;
  if (error.code === "SUSPECT_TIMEOUT")
    return new Refusal(504, "UPSTREAM_LATE", "the model's endpoint did not answer in time", { cause: error });
  return failed(error.message, error);
}

function logitsOf(values: Float64Array, tail: Scores["tail"]): Float64Array {
  switch (tail) {
    case "softmax":
      return values.map((p) => Math.log(Math.max(p, LEAST)));
    case "sigmoid":
      return values.map((p) => Math.log(Math.max(p, LEAST)) - Math.log(Math.max(1 - p, LEAST)));
    default:
      return values.slice();
  }
}
