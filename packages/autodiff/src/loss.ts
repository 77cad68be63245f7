import type { Builder } from "./builder.js";
import type { Targets } from "./targets.js";

export const TARGETS = "training.targets";
export const ROW_WEIGHTS = "training.row-weights";

export interface LossOptions {
  readonly targets: Targets;
  /** Rows per step. */
  readonly batch: number;
  /** What the model answers: [batch, ...]. */
  readonly dims: readonly number[];
  readonly weighted: boolean;
}

/**
 * Add the loss of a batch to a graph: the mean over rows, each times its weight. Its inputs are {@link TARGETS}, of
 * the answer's shape, and, where rows are weighted, {@link ROW_WEIGHTS} [batch, 1].
 *
 * @param scores what the model answers, before a Softmax or Sigmoid
 * @returns name of the loss, a scalar
 */
export function addLoss(builder: Builder, scores: string, options: LossOptions): string {
  const { add, constant, inputs } = builder;
  const { targets, batch, dims } = options;
  inputs.push({ name: TARGETS, type: "float32", dims: [...dims] });
  const mean = (values: string, count: number): string =>
    add("Mul", [add("ReduceSum", [values], { keepdims: 0 }), constant(1 / count)]);
  const weighted = (values: string): string => {
    if (!options.weighted) return values;
    const shape = [batch, ...dims.slice(1).map(() => 1)];
    inputs.push({ name: ROW_WEIGHTS, type: "float32", dims: shape });
    return add("Mul", [values, ROW_WEIGHTS]);
  };
  const numbers = dims.reduce((product, dim) => product * dim, 1);
  switch (targets.kind) {
    case "labels":
    case "probabilities":
    case "logits": {
      const temperature = targets.kind === "labels" ? 1 : (targets.temperature ?? 1);
      const cooled = temperature === 1 ? scores : add("Mul", [scores, constant(1 / temperature)]);
      const logs = add("LogSoftmax", [cooled], { axis: dims.length - 1 });
      return mean(weighted(add("Mul", [logs, TARGETS])), -batch / temperature ** 2);
    }
    case "binary":
      // -t log s(z) - (1 - t) log(1 - s(z)), s the sigmoid, without overflow.
      return mean(weighted(add("Sub", [add("Softplus", [scores]), add("Mul", [scores, TARGETS])])), numbers);
    case "squares": {
      const difference = add("Sub", [scores, TARGETS]);
      return mean(weighted(add("Mul", [difference, difference])), numbers);
    }
  }
}
