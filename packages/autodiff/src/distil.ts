import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { type Architecture, initialModel } from "./architectures/initial-model.js";
import { agreement, type Answers, answersOf, labelsOf } from "./evaluate.js";
import type { Seed } from "./random.js";
import { type Lesson, targetsOf } from "./teacher.js";
import { train } from "./train.js";
import type { TrainOptions, TrainResult } from "./train-options.js";

/** What Adam takes well for every architecture here. */
const RATE = 0.002;
const SCHEDULE = { kind: "cosine", warmUp: 0.05, floor: 0.01 } as const;
/** Keeps a bad batch from undoing the work of many. */
const CLIP = 5;

type Training = Pick<
  TrainOptions,
  "epochs" | "checkpoint" | "signal" | "onProgress" | "now" | "augment" | "chosen" | "threads" | "output"
> &
  Partial<Pick<TrainOptions, "batch" | "rate" | "optimiser" | "schedule" | "clip">>;

export interface DistilOptions extends Training {
  /** What the student begins as: an architecture, drawn from the seed, or a model. */
  readonly student:
    | { readonly architecture: Architecture; readonly input: string }
    | { readonly model: Uint8Array };
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** The teacher's answers to the inputs: logits, probabilities or log-probabilities. */
  readonly answers: Answers;
  /** Default the whole vectors. */
  readonly lesson?: Lesson;
  /** Of everything that is drawn: first weights, order, sampled labels. */
  readonly seed: Seed;
}

export interface Student extends TrainResult {
  /** Share of the inputs to which the student gives the teacher's label. */
  readonly agreement: number;
}

/**
 * Train a student on a teacher's answers. Adam at 0.002 along a cosine unless told otherwise.
 *
 * @throws AutodiffError ARCHITECTURE and those of {@link train}
 */
export async function distil(options: DistilOptions): Promise<Student> {
  const { student, inputs, answers, lesson = { kind: "vectors" }, seed, ...training } = options;
  const model = "model" in student ? student.model : drawn(student, inputs, answers.classes, seed);
  const result = await train({
    rate: RATE,
    schedule: SCHEDULE,
    clip: CLIP,
    ...training,
    model,
    inputs,
    targets: targetsOf(answers, lesson, seed),
    seed,
  });
  const own = await answersOf(result.model, inputs, {
    ...(options.output === undefined ? {} : { output: options.output }),
    signal: options.signal,
  });
  return { ...result, agreement: agreement(labelsOf(own), labelsOf(answers)) };
}

function drawn(
  { architecture, input }: { readonly architecture: Architecture; readonly input: string },
  inputs: Readonly<Record<string, Tensor>>,
  classes: number,
  seed: Seed,
): Uint8Array {
  const rows = inputs[input];
  const like = { name: input, type: rows?.type ?? null, dims: rows?.dims.slice(1) ?? [] };
  return initialModel({ architecture, input: like, classes, seed, vocabulary: vocabularyOf(rows) });
}

/** One more than the largest token. */
function vocabularyOf(rows: Tensor | undefined): number {
  if (rows === undefined || rows.type === "float32") return 1;
  return toFloat64(rows).reduce((most, token) => Math.max(most, token + 1), 1);
}
