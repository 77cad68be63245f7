import { elementCount, type Tensor } from "@indicia/onnx/tensor";
import type { Builder } from "./builder.js";

/** How parameters follow their gradients. Weight decay applies to tensors of two axes or more. */
export type Optimiser =
  /** v = momentum v + g; p = p - rate v, with Nesterov p - rate (g + momentum v). Decay is added to the gradient. */
  | {
      readonly kind: "sgd";
      readonly momentum?: number;
      readonly nesterov?: boolean;
      readonly weightDecay?: number;
    }
  /**
   * D. Kingma and J. Ba, "Adam", 2015, algorithm 1. `adam` adds the decay to the gradient, `adamw` takes it from the
   * parameter (I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", 2019, algorithm 2).
   */
  | {
      readonly kind: "adam" | "adamw";
      readonly beta1?: number;
      readonly beta2?: number;
      readonly epsilon?: number;
      readonly weightDecay?: number;
    };

/** A tensor that is trained, and the name of the loss's gradient by it. */
export interface Trained {
  readonly name: string;
  readonly tensor: Tensor;
  readonly gradient: string;
}

/** What goes round in the graph: values by input, and the outputs that replace them. */
export interface Carried {
  readonly outputs: ReadonlyMap<string, string>;
  readonly state: ReadonlyMap<string, Tensor>;
}

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;
const RATE = "training.rate";
const PLAIN_RATE = "training.plain-rate";
const SMALL = "training.epsilon";

/**
 * Add one step of the optimiser to a graph: new parameters from parameters, gradients and the optimiser's state. The
 * rate comes in as an input, see {@link optimiserFeeds}.
 */
export function addOptimiser(
  builder: Builder,
  optimiser: Optimiser,
  parameters: readonly Trained[],
): Carried {
  const outputs = new Map<string, string>();
  const state = new Map<string, Tensor>();
  const remember = (parameter: Trained, kind: string): string => {
    const { dims } = parameter.tensor;
    const name = builder.fresh(`training.${kind}.${parameter.name}`);
    builder.inputs.push({ name, type: "float32", dims });
    state.set(name, { type: "float32", dims, data: new Float32Array(elementCount(dims)) });
    return name;
  };
  for (const name of [RATE, PLAIN_RATE, SMALL]) builder.inputs.push({ name, type: "float32", dims: [] });
  for (const parameter of parameters) {
    const next =
      optimiser.kind === "sgd"
        ? sgd(builder, optimiser, parameter, remember, outputs)
        : adam(builder, optimiser, parameter, remember, outputs);
    outputs.set(parameter.name, next);
    state.set(parameter.name, parameter.tensor);
  }
  return { outputs, state };
}

/**
 * Inputs of the optimiser for one step; the graph takes those of them that it uses.
 *
 * @param step from 0
 */
export function optimiserFeeds(optimiser: Optimiser, rate: number, step: number): Record<string, Tensor> {
  if (optimiser.kind === "sgd") return { [RATE]: scalar(rate) };
  // The bias corrections of both averages, moved into the rate and epsilon (ibid., end of section 2).
  const root = Math.sqrt(1 - (optimiser.beta2 ?? BETA2) ** (step + 1));
  const correction = 1 - (optimiser.beta1 ?? BETA1) ** (step + 1);
  return {
    [RATE]: scalar((rate * root) / correction),
    [PLAIN_RATE]: scalar(rate),
    [SMALL]: scalar((optimiser.epsilon ?? EPSILON) * root),
  };
}

type Remember = (parameter: Trained, kind: string) => string;

function sgd(
  builder: Builder,
  { momentum = 0, nesterov = false, weightDecay = 0 }: Extract<Optimiser, { kind: "sgd" }>,
  parameter: Trained,
  remember: Remember,
  outputs: Map<string, string>,
): string {
  const { add, constant } = builder;
  const gradient = decayedGradient(builder, parameter, weightDecay);
  if (momentum === 0) return add("Sub", [parameter.name, add("Mul", [gradient, RATE])]);
  const old = remember(parameter, "momentum");
  const velocity = add("Add", [add("Mul", [old, constant(momentum)]), gradient]);
  outputs.set(old, velocity);
  const direction = nesterov ? add("Add", [add("Mul", [velocity, constant(momentum)]), gradient]) : velocity;
  return add("Sub", [parameter.name, add("Mul", [direction, RATE])]);
}

function adam(
  builder: Builder,
  optimiser: Extract<Optimiser, { kind: "adam" | "adamw" }>,
  parameter: Trained,
  remember: Remember,
  outputs: Map<string, string>,
): string {
  const { beta1 = BETA1, beta2 = BETA2, weightDecay = 0 } = optimiser;
  const { add, constant } = builder;
  const gradient =
    optimiser.kind === "adam" ? decayedGradient(builder, parameter, weightDecay) : parameter.gradient;
  const oldMean = remember(parameter, "mean");
  const oldSquare = remember(parameter, "square");
  const mean = add("Add", [
    add("Mul", [oldMean, constant(beta1)]),
    add("Mul", [gradient, constant(1 - beta1)]),
  ]);
  const square = add("Add", [
    add("Mul", [oldSquare, constant(beta2)]),
    add("Mul", [add("Mul", [gradient, gradient]), constant(1 - beta2)]),
  ]);
  outputs.set(oldMean, mean);
  outputs.set(oldSquare, square);
  const change = add("Div", [add("Mul", [mean, RATE]), add("Add", [add("Sqrt", [square]), SMALL])]);
  if (optimiser.kind === "adam" || !decays(parameter, weightDecay))
    return add("Sub", [parameter.name, change]);
  const decay = add("Mul", [parameter.name, add("Mul", [PLAIN_RATE, constant(weightDecay)])]);
  return add("Sub", [add("Sub", [parameter.name, decay]), change]);
}

function decayedGradient(builder: Builder, parameter: Trained, weightDecay: number): string {
  if (!decays(parameter, weightDecay)) return parameter.gradient;
  const decay = builder.add("Mul", [parameter.name, builder.constant(weightDecay)]);
  return builder.add("Add", [parameter.gradient, decay]);
}

function decays({ tensor }: Trained, weightDecay: number): boolean {
  return weightDecay > 0 && tensor.dims.length > 1;
}

function scalar(value: number): Tensor {
  return { type: "float32", dims: [], data: Float32Array.of(value) };
}
