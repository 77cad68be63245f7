import { type Architecture, initialModel } from "@indicia/autodiff/architectures/initial-model";
import { distil, type DistilOptions } from "@indicia/autodiff/distil";
import { type Answers, answersOf } from "@indicia/autodiff/evaluate";
import { probabilitiesOf } from "@indicia/autodiff/teacher";
import { train } from "@indicia/autodiff/train";
import { sliceRows, type Tensor } from "@indicia/onnx/tensor";
import { INPUT } from "../extraction/data.js";
import { FASHION_CLASSES, type FashionData } from "../extraction/fashion.js";

/** What a thief copies into: of another shape than the owner's model. */
const SUBSTITUTE: Architecture = "strided";
/** Learning by labels, of owners and innocents. */
const TRAINING = {
  batch: 128,
  rate: 0.002,
  schedule: { kind: "cosine", warmUp: 0.05, floor: 0.01 },
  clip: 5,
} as const;

/** A model found in the wild. */
export interface Suspect {
  readonly name: string;
  readonly model: Uint8Array;
}

/** A classifier that learns from labels alone. */
export async function classifier(
  { images, labels }: FashionData,
  given: { readonly architecture: Architecture; readonly epochs: number; readonly seed: string },
): Promise<Uint8Array> {
  const { architecture, epochs, seed } = given;
  const input = { name: INPUT, type: "float32", dims: images.dims.slice(1) } as const;
  const { model } = await train({
    ...TRAINING,
    model: initialModel({ architecture, input, classes: FASHION_CLASSES, seed }),
    inputs: { [INPUT]: images },
    targets: { kind: "labels", labels },
    epochs,
    seed,
  });
  return model;
}

export function rowsOf({ images, labels }: FashionData, from: number, to: number): FashionData {
  return { images: sliceRows(images, from, to), labels: labels.slice(from, to) };
}

/** What a thief makes of what he was answered: a model from nothing, and one that was public before. */
export async function* thieves(given: {
  readonly inputs: Tensor;
  readonly answers: Answers;
  /** A classifier of other things, of the same shape. */
  readonly known: Uint8Array;
  readonly epochs: number;
}): AsyncGenerator<Suspect> {
  const { known, ...lesson } = given;
  yield {
    name: "thief from scratch",
    model: await studentOf({ architecture: SUBSTITUTE, input: INPUT }, { ...lesson, seed: "thief" }),
  };
  yield {
    name: "thief who tunes a public model",
    model: await studentOf({ model: known }, { ...lesson, seed: "tuner" }),
  };
}

/** A classifier of digits that anyone can have. */
export function publicModel(digits: FashionData, epochs: number): Promise<Uint8Array> {
  return classifier(digits, { architecture: SUBSTITUTE, epochs, seed: "public" });
}

/** Models of people who had no customer's answers, the first of them as near to a thief as can be. */
export async function bystanders(given: {
  /** The owner's model. */
  readonly model: Uint8Array;
  /** What the thief asks, with labels. */
  readonly asked: FashionData;
  /** Labelled images that nobody asked about. */
  readonly other: FashionData;
  readonly epochs: { readonly thief: number; readonly innocent: number };
}): Promise<Suspect[]> {
  const { model, asked, other, epochs } = given;
  const inputs = asked.images;
  const answers = probabilitiesOf(await answersOf(model, { [INPUT]: inputs }));
  const student = { architecture: SUBSTITUTE, input: INPUT };
  return [
    {
      name: "student of unmarked answers to the same rows",
      model: await studentOf(student, { inputs, answers, epochs: epochs.thief, seed: "unmarked" }),
    },
    {
      name: "innocent with the same rows",
      model: await classifier(asked, {
        architecture: SUBSTITUTE,
        epochs: epochs.innocent,
        seed: "same rows",
      }),
    },
    {
      name: "innocent with rows of his own",
      model: await classifier(other, {
        architecture: "mlp-wide",
        epochs: epochs.innocent,
        seed: "own rows",
      }),
    },
  ];
}

async function studentOf(
  student: DistilOptions["student"],
  given: {
    readonly inputs: Tensor;
    readonly answers: Answers;
    readonly epochs: number;
    readonly seed: string;
  },
): Promise<Uint8Array> {
  const { inputs, answers, epochs, seed } = given;
  const { model } = await distil({ student, inputs: { [INPUT]: inputs }, answers, epochs, batch: 128, seed });
  return model;
}
