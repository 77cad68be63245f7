import type { ElementType } from "@indicia/onnx/tensor";
import { AutodiffError } from "../error.js";
import type { Seed } from "../random.js";
import { cnn, depthwise, globalPooling, residual, strided } from "./images.js";
import { newSketch, type Sketch, sketchBytes } from "./sketch.js";
import { tokenNetwork } from "./tokens.js";
import { perceptron } from "./vectors.js";

/** Shapes of networks, by what they are made of. */
export type Architecture =
  | "cnn"
  | "cnn-wide"
  | "cnn-broad"
  | "residual"
  | "depthwise"
  | "global"
  | "strided"
  | "strided-wide"
  | "mlp"
  | "mlp-wide"
  | "mlp-deep"
  | "tokens"
  | "tokens-wide";

type Kind = "image" | "vector" | "tokens";

interface Known {
  readonly takes: readonly Kind[];
  readonly grow: (sketch: Sketch, classes: number, vocabulary: number) => void;
}

const IMAGE: readonly Kind[] = ["image"];
const FLOATS: readonly Kind[] = ["image", "vector"];
const TOKENS: readonly Kind[] = ["tokens"];

const KNOWN: Readonly<Record<Architecture, Known>> = {
  cnn: { takes: IMAGE, grow: (sketch, classes) => cnn(sketch, classes, 1) },
  "cnn-broad": { takes: IMAGE, grow: (sketch, classes) => cnn(sketch, classes, 1, 128) },
  "cnn-wide": { takes: IMAGE, grow: (sketch, classes) => cnn(sketch, classes, 2) },
  residual: { takes: IMAGE, grow: residual },
  depthwise: { takes: IMAGE, grow: depthwise },
  global: { takes: IMAGE, grow: globalPooling },
  strided: {
    takes: IMAGE,
    grow: (sketch, classes) => strided(sketch, classes, { first: 12, second: 24, units: 64 }),
  },
  "strided-wide": {
    takes: IMAGE,
    grow: (sketch, classes) => strided(sketch, classes, { first: 16, second: 32, units: 192 }),
  },
  mlp: { takes: FLOATS, grow: (sketch, classes) => perceptron(sketch, classes, [128, 64]) },
  "mlp-wide": { takes: FLOATS, grow: (sketch, classes) => perceptron(sketch, classes, [256]) },
  "mlp-deep": { takes: FLOATS, grow: (sketch, classes) => perceptron(sketch, classes, [96, 96, 96]) },
  tokens: { takes: TOKENS, grow: (sketch, classes, words) => tokenNetwork(sketch, classes, words, 12) },
  "tokens-wide": {
    takes: TOKENS,
    grow: (sketch, classes, words) => tokenNetwork(sketch, classes, words, 24),
  },
};

/** Every architecture. */
export const ARCHITECTURES: readonly Architecture[] = Object.keys(KNOWN) as Architecture[];

/** An architecture by its name. @throws AutodiffError ARCHITECTURE */
export function architectureNamed(name: string): Architecture {
  const found = ARCHITECTURES.find((known) => known === name);
  if (found !== undefined) return found;
  throw new AutodiffError(
    "ARCHITECTURE",
    `there is no architecture "${name}"`,
    `Choose among ${ARCHITECTURES.join(", ")}.`,
  );
}

/** An input of a classifier to be made. */
export interface InitialInput {
  readonly name: string;
  readonly type: ElementType | null;
  /** Shape of a row. */
  readonly dims: readonly number[];
}

/**
 * The architectures to take for an input, the most fitting first: networks with convolutions for images
 * [channels, height, width] of three or more pixels a side, dense layers for other floats, tables for tokens [length].
 *
 * @throws AutodiffError ARCHITECTURE where none fits
 */
export function fittingArchitectures(input: InitialInput): Architecture[] {
  switch (kindOf(input)) {
    case "image":
      return ["cnn", "residual", "cnn-wide", "depthwise", "global"];
    case "vector":
      return ["mlp", "mlp-wide", "mlp-deep"];
    case "tokens":
      return ["tokens", "tokens-wide"];
  }
}

export interface InitialModelOptions {
  readonly architecture: Architecture;
  readonly input: InitialInput;
  readonly classes: number;
  readonly seed: Seed;
  /** Different tokens, counted from 0; only for inputs of integers, default 256. */
  readonly vocabulary?: number;
}

/**
 * A classifier before its training, as an .onnx file: input [N, ...dims], output "logits" [N, classes], weights drawn
 * from the seed.
 *
 * @throws AutodiffError ARCHITECTURE where the architecture does not fit the input
 */
export function initialModel(options: InitialModelOptions): Uint8Array {
  const { architecture, input, classes, seed, vocabulary = 256 } = options;
  const { takes, grow } = KNOWN[architecture];
  if (!takes.includes(kindOf(input))) {
    throw new AutodiffError(
      "ARCHITECTURE",
      `${architecture} does not take ${input.type ?? "unknown"} [${input.dims.join(", ")}]`,
      `Choose among ${fittingArchitectures(input).join(", ")}.`,
    );
  }
  const sketch = newSketch(input.name, input.dims, seed, input.type ?? "float32");
  grow(sketch, classes, vocabulary);
  return sketchBytes(sketch, "logits");
}

function kindOf({ name, type, dims }: InitialInput): Kind {
  if (type === "float32") return dims.length === 3 && Math.min(...dims.slice(1)) >= 3 ? "image" : "vector";
  if ((type === "int32" || type === "int64") && dims.length === 1) return "tokens";
  throw new AutodiffError(
    "ARCHITECTURE",
    `no architecture takes the input "${name}", ${type ?? "unknown"} [${dims.join(", ")}]`,
    "Models with one input of float32, or of integers [length], can be distilled.",
  );
}
