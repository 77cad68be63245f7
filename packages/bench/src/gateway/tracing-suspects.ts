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

/** A model found in the wild, and whether the customer who is looked for made it. */
export interface Suspect {
  readonly name: string;
  readonly guilty: boolean;
  readonly make: () => Promise<Uint8Array>;
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

/** Two models of a thief who learnt from what he was answered, and models of people who did not. */
export function tracingSuspects(given: {
  /** What the thief asked and was answered. */
  readonly asked: FashionData;
  readonly answers: Answers;
  /** The owner's model. */
  readonly model: Uint8Array;
  /** Labelled images that nobody asked about, and digits that anyone can have. */
  readonly other: FashionData;
  readonly digits: FashionData;
  readonly epochs: { readonly thief: number; readonly innocent: number };
}): readonly Suspect[] {
  const { asked, answers, model, other, digits, epochs } = given;
  const learnt = (student: DistilOptions["student"], from: Answers, seed: string): Promise<Uint8Array> =>
    studentOf(student, { inputs: asked.images, answers: from, epochs: epochs.thief, seed });
  const drawn = { architecture: SUBSTITUTE, input: INPUT };
  const innocent = (data: FashionData, architecture: Architecture, seed: string): Promise<Uint8Array> =>
    classifier(data, { architecture, epochs: epochs.innocent, seed });
  return [
    { name: "thief from scratch", guilty: true, make: () => learnt(drawn, answers, "thief") },
    {
      name: "thief who tunes a public model",
      guilty: true,
      make: async () => learnt({ model: await innocent(digits, SUBSTITUTE, "public") }, answers, "tuner"),
    },
    {
      name: "student of unmarked answers to the same rows",
      guilty: false,
      make: async () =>
        learnt(drawn, probabilitiesOf(await answersOf(model, { [INPUT]: asked.images })), "unmarked"),
    },
    {
      name: "innocent with the same rows",
      guilty: false,
      make: () => innocent(asked, SUBSTITUTE, "same rows"),
    },
    {
      name: "innocent with rows of his own",
      guilty: false,
      make: () => innocent(other, "mlp-wide", "own rows"),
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
