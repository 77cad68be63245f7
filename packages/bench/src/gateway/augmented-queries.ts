import { backward } from "@indicia/autodiff/backward";
import { builderOf } from "@indicia/autodiff/builder";
import { distil } from "@indicia/autodiff/distil";
import { labelsOf, type Answers } from "@indicia/autodiff/evaluate";
import { concatRows, sliceRows, type Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";

const INPUT = "x";
const CHOSEN = "chosen";
/** Epochs of the substitute in each round. */
const EPOCHS = 10;
const BATCH = 50;

export interface AugmentOptions {
  /** Rows that the thief has, [n, width] from 0 to 1. */
  readonly seeds: Tensor;
  /** The victim's answers to rows. */
  readonly ask: (rows: Tensor) => Promise<Answers>;
  /** Step of a new row away from its parent. */
  readonly step: number;
  /** Rows wanted in total, seeds among them. */
  readonly count: number;
  readonly seed: string;
}

/**
 * Queries of a thief who augments his rows by the Jacobian of his substitute: each round, every row is moved by a step
 * along the sign of the gradient of its label's score (N. Papernot et al., "Practical Black-Box Attacks against Machine
 * Learning", 2017, section 4.2 and algorithm 1).
 *
 * @returns rows in the order in which they are asked, [count, width]
 */
export async function augmentedQueries({ seeds, ask, step, count, seed }: AugmentOptions): Promise<Tensor> {
  let rows = seeds;
  let answers = await ask(seeds);
  for (let round = 0; (rows.dims[0] ?? 0) < count; round++) {
    const { model } = await distil({
      student: { architecture: "mlp", input: INPUT },
      inputs: { [INPUT]: rows },
      answers,
      lesson: { kind: "labels" },
      epochs: EPOCHS,
      batch: Math.min(BATCH, rows.dims[0] ?? 1),
      seed: `${seed} round ${round}`,
    });
    const gradient = await gradientOf(model, rows, labelsOf(answers), answers.classes);
    const next = sliceRows(moved(rows, gradient, step), 0, count - (rows.dims[0] ?? 0));
    const more = (rows.dims[0] ?? 0) + (next.dims[0] ?? 0) < count ? await ask(next) : null;
    rows = concatRows([rows, next]);
    if (more !== null) answers = joined(answers, more);
  }
  return rows;
}

function joined(a: Answers, b: Answers): Answers {
  const values = new Float32Array(a.values.length + b.values.length);
  values.set(a.values);
  values.set(b.values, a.values.length);
  return { ...a, rows: a.rows + b.rows, values };
}

/** Gradient of each row's score for its label, by the row. */
async function gradientOf(
  model: Uint8Array,
  rows: Tensor,
  labels: ArrayLike<number>,
  classes: number,
): Promise<Float32Array> {
  const count = rows.dims[0] ?? 0;
  const builder = builderOf(model);
  for (const [i, input] of builder.inputs.entries()) builder.inputs[i] = { ...input, dims: rows.dims };
  builder.inputs.push({ name: CHOSEN, type: "float32", dims: [count, classes] });
  const score = builder.add("Mul", [builder.outputs[0]?.name ?? "", CHOSEN]);
  const loss = builder.add("ReduceSum", [score], { keepdims: 0 });
  const name = backward(builder, loss, [INPUT]).get(INPUT) ?? "";
  const chosen = new Float32Array(count * classes);
  for (let i = 0; i < count; i++) chosen[i * classes + (labels[i] ?? 0)] = 1;
  const session = await openSession(builder.build([name]));
  try {
    const { [name]: gradient } = await session.run({
      [INPUT]: rows,
      [CHOSEN]: { type: "float32", dims: [count, classes], data: chosen },
    });
    return gradient === undefined ? new Float32Array(0) : floats(gradient);
  } finally {
    await session.close();
  }
}

function moved(rows: Tensor, gradient: Float32Array, step: number): Tensor {
  const data = floats(rows).map((value, i) =>
    Math.min(1, Math.max(0, value + step * Math.sign(gradient[i] ?? 0))),
  );
  return { ...rows, data };
}

function floats({ data }: Tensor): Float32Array {
  return data instanceof Float32Array ? data : new Float32Array(0);
}
