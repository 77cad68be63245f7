import { random, type Seed } from "@indicia/autodiff/random";
import { type EditableModel } from "@indicia/onnx/to-spec";
import { elementCount, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import type { Loot } from "./attack.js";
import { decode, encode, liftConstants } from "./decode.js";
import { isFloat, withFloats } from "./floats.js";
import { headOf } from "./head.js";
import { trainOn } from "./train-on.js";
import { outputAxis } from "./weights.js";

export interface TuneOptions extends Loot {
  /** Which layers learn: the last one with weights, or all. */
  readonly layers: "last" | "all";
  /** Whether the last layer starts from what was stolen, or from nothing. Default "kept". */
  readonly start?: "kept" | "drawn";
  /** Factor of the squared weights in the loss, halved; default 0. */
  readonly l2?: number;
  /** Share of the learning rate by which weights shrink in each step, apart from the loss (AdamW); default 0. */
  readonly decay?: number;
  /** Share of a label that goes to the other classes, default 0. */
  readonly smoothing?: number;
  /** Default 5. */
  readonly epochs?: number;
  /** Learning rate, default 0.0005, or 0.002 where a layer has to be learned from nothing. */
  readonly rate?: number;
}

/**
 * Training goes on with the thief's own labelled rows: fine-tuning, or retraining, where the last layer is drawn anew
 * (Y. Adi and others, "Turning Your Weakness Into a Strength", 2018, section 5).
 *
 * @throws AttackError ATTACK_OPTION without rows and labels; NOTHING_TO_DO where the model cannot be trained
 */
export async function tune(bytes: Uint8Array, options: TuneOptions, seed: Seed): Promise<Uint8Array> {
  const model = decode(bytes);
  liftConstants(model);
  const head = headOf(model);
  if (options.start === "drawn") redraw(model, head, seed);
  const last = new Set(head.flatMap(({ inputs }) => inputs));
  return trainOn(encode(model), options, {
    ...(options.layers === "last" ? { chosen: (name) => last.has(name) } : {}),
    ...(options.l2 === undefined ? {} : { l2: options.l2 }),
    ...(options.decay === undefined ? {} : { decay: options.decay }),
    ...(options.smoothing === undefined ? {} : { smoothing: options.smoothing }),
    epochs: options.epochs ?? 5,
    rate: options.rate ?? (options.start === "drawn" ? 0.002 : 0.0005),
    seed,
  });
}

/** Weights as a layer starts with, Gaussian by the inputs of a neuron (K. He and others, 2015); biases of 0. */
function redraw(model: EditableModel, head: ReturnType<typeof headOf>, seed: Seed): void {
  const { normal } = random(seed, "tune");
  for (const node of head) {
    for (const name of node.inputs.slice(1)) {
      const tensor = model.initializers.get(name);
      if (tensor === undefined || !isFloat(tensor)) continue;
      const axis = outputAxis(node, tensor);
      const weights = axis !== null && tensor.dims.length > 1;
      const spread = weights ? Math.sqrt(2 / inputsOf(tensor, axis)) : 0;
      if (weights || isBias(node.op))
        model.initializers.set(
          name,
          withFloats(
            tensor,
            toFloat64(tensor).map(() => spread * normal()),
          ),
        );
    }
  }
}

function inputsOf({ dims }: Tensor, axis: number): number {
  return elementCount(dims) / (dims[axis] ?? 1);
}

function isBias(op: string): boolean {
  return op === "Gemm" || op === "Conv" || op === "Add";
}
