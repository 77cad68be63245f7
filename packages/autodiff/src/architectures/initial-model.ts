import { AutodiffError } from "../error.js";
import type { Seed } from "../random.js";
import { cnn, depthwise, globalPooling, residual } from "./images.js";
import { newSketch, type Sketch, sketchBytes } from "./sketch.js";
import { perceptron } from "./vectors.js";

/** Shapes of networks, by what they are made of. */
export type Architecture =
  | "cnn"
  | "cnn-wide"
  | "residual"
  | "depthwise"
  | "global"
  | "mlp"
  | "mlp-wide"
  | "mlp-deep";

interface Known {
  readonly input: "image" | "any";
  readonly grow: (sketch: Sketch, classes: number) => void;
}

const KNOWN: Readonly<Record<Architecture, Known>> = {
  cnn: { input: "image", grow: (sketch, classes) => cnn(sketch, classes, 1) },
  "cnn-wide": { input: "image", grow: (sketch, classes) => cnn(sketch, classes, 2) },
  residual: { input: "image", grow: residual },
  depthwise: { input: "image", grow: depthwise },
  global: { input: "image", grow: globalPooling },
  mlp: { input: "any", grow: (sketch, classes) => perceptron(sketch, classes, [128, 64]) },
  "mlp-wide": { input: "any", grow: (sketch, classes) => perceptron(sketch, classes, [256]) },
  "mlp-deep": { input: "any", grow: (sketch, classes) => perceptron(sketch, classes, [96, 96, 96]) },
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

/**
 * The architectures to take for an input, the most fitting first: networks with convolutions for images
 * [channels, height, width] of three or more pixels a side, dense layers for anything else.
 *
 * @param dims of a row
 */
export function fittingArchitectures(dims: readonly number[]): Architecture[] {
  return isImage(dims)
    ? ["cnn", "residual", "cnn-wide", "depthwise", "global"]
    : ["mlp", "mlp-wide", "mlp-deep"];
}

export interface InitialModelOptions {
  readonly architecture: Architecture;
  /** Name of the input, float32. */
  readonly input: string;
  /** Shape of a row of the input. */
  readonly dims: readonly number[];
  readonly classes: number;
  readonly seed: Seed;
}

/**
 * A classifier before its training, as an .onnx file: input [N, ...dims], output "logits" [N, classes], weights drawn
 * from the seed.
 *
 * @throws AutodiffError ARCHITECTURE where the architecture does not fit the input
 */
export function initialModel(options: InitialModelOptions): Uint8Array {
  const { architecture, input, dims, classes, seed } = options;
  const known = KNOWN[architecture];
  if (known.input === "image" && !isImage(dims)) {
    throw new AutodiffError(
      "ARCHITECTURE",
      `${architecture} takes images [channels, height, width], not [${dims.join(", ")}]`,
      "Choose mlp, mlp-wide or mlp-deep.",
    );
  }
  const sketch = newSketch(input, dims, seed);
  known.grow(sketch, classes);
  return sketchBytes(sketch, "logits");
}

function isImage(dims: readonly number[]): boolean {
  return dims.length === 3 && Math.min(...dims.slice(1)) >= 3;
}
