import type { Tensor } from "@indicia/onnx/tensor";
import { backward } from "./backward.js";
import { activateBatchNorm } from "./batch-norm.js";
import { type Builder, builderOf } from "./builder.js";
import { clipByNorm } from "./clip.js";
import { activateDropout } from "./dropout.js";
import { AutodiffError } from "./error.js";
import { scoresOf } from "./logits.js";
import { addLoss } from "./loss.js";
import { addOptimiser, type Carried, type Optimiser } from "./optimiser.js";
import { trainable } from "./parameters.js";
import { poolFirst } from "./pool-first.js";
import type { Targets } from "./targets.js";

export interface TrainingGraphOptions {
  readonly model: Uint8Array;
  /** The output that the loss is about. */
  readonly output: string;
  /** Shape of the output, for a batch. */
  readonly outputDims: readonly number[];
  /** Shapes of the inputs, for a batch. */
  readonly inputDims: ReadonlyMap<string, readonly number[]>;
  readonly batch: number;
  readonly targets: Targets;
  readonly weighted: boolean;
  readonly optimiser: Optimiser;
  /** Largest norm of all gradients together; null for no limit. */
  readonly clip: number | null;
  /** Which initialisers are trained, of those that can be. */
  readonly chosen: (name: string, dims: readonly number[]) => boolean;
}

/** Forward, loss, backward and optimiser in one graph. */
export interface TrainingGraph extends Carried {
  readonly bytes: Uint8Array;
  /** Name of the output that is the loss, a scalar. */
  readonly loss: string;
  /** Initialisers of the model that change: parameters and running statistics. */
  readonly changing: readonly string[];
}

/**
 * Make the graph of one training step. Parameters, running statistics and the optimiser's state are inputs and outputs.
 *
 * @throws AutodiffError NOTHING_TO_TRAIN, NO_GRADIENT, SHAPE_UNKNOWN, OPSET_UNSUPPORTED
 */
export function trainingGraph(options: TrainingGraphOptions): TrainingGraph {
  const builder = builderOf(options.model);
  fixShapes(builder, options.inputDims);
  poolFirst(builder);
  const scores = scoresFor(builder, options);
  const parameters = parametersOf(builder, options, scores);
  activateDropout(builder);
  const statistics = activateBatchNorm(builder, new Set(parameters.keys()));
  asInputs(builder, [...parameters, ...statistics.state]);
  const loss = addLoss(builder, scores, {
    targets: options.targets,
    batch: options.batch,
    dims: options.outputDims,
    weighted: options.weighted,
  });
  const gradients = gradientsOf(builder, loss, parameters, options.clip);
  const learned = addOptimiser(builder, options.optimiser, gradients);
  const outputs = new Map([...learned.outputs, ...statistics.outputs]);
  return {
    bytes: builder.build([loss, ...outputs.values()]),
    loss,
    outputs,
    state: new Map([...learned.state, ...statistics.state]),
    changing: [...gradients.map(({ name }) => name), ...statistics.state.keys()],
  };
}

function fixShapes(builder: Builder, dims: ReadonlyMap<string, readonly number[]>): void {
  for (const [index, input] of builder.inputs.entries()) {
    const known = dims.get(input.name);
    if (known !== undefined) builder.inputs[index] = { ...input, dims: known };
  }
}

/** The output as its loss takes it: without the Softmax or Sigmoid that the loss contains. */
function scoresFor(builder: Builder, { output, targets }: TrainingGraphOptions): string {
  const { value, squashing } = scoresOf(builder, output);
  if (targets.kind === "squares" || squashing === null) return output;
  return (targets.kind === "binary") === (squashing === "Sigmoid") ? value : output;
}

function parametersOf(
  builder: Builder,
  { model, chosen }: TrainingGraphOptions,
  scores: string,
): Map<string, Tensor> {
  const possible = trainable(builder, model, scores);
  const parameters = new Map([...possible].filter(([name, { dims }]) => chosen(name, dims)));
  if (parameters.size > 0) return parameters;
  throw new AutodiffError(
    "NOTHING_TO_TRAIN",
    possible.size === 0
      ? "the output depends on no float32 weights"
      : `none of the ${possible.size} weights that could be trained is chosen`,
    "Choose among the model's float32 initialisers before the output.",
  );
}

function asInputs(builder: Builder, values: readonly (readonly [string, Tensor])[]): void {
  for (const [name, { dims }] of values) {
    builder.initializers.delete(name);
    builder.inputs.push({ name, type: "float32", dims });
  }
}

function gradientsOf(
  builder: Builder,
  loss: string,
  parameters: ReadonlyMap<string, Tensor>,
  clip: number | null,
): { name: string; tensor: Tensor; gradient: string }[] {
  const found = [...backward(builder, loss, [...parameters.keys()])];
  const names = found.map(([, gradient]) => gradient);
  const clipped = clip === null ? names : clipByNorm(builder, names, clip);
  return found.flatMap(([name], i) => {
    const tensor = parameters.get(name);
    const gradient = clipped[i];
    return tensor === undefined || gradient === undefined ? [] : [{ name, tensor, gradient }];
  });
}
