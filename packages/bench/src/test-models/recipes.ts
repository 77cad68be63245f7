/** One step from the image to the features. */
export type Stage =
  /** Then Relu. */
  | {
      readonly kind: "convolution";
      readonly filters: number;
      readonly size: number;
      readonly padding: number;
    }
  /** Two convolutions with BatchNormalization, and what goes past them. */
  | { readonly kind: "residual"; readonly filters: number; readonly stride: number }
  /** A convolution of each channel and one across them, with BatchNormalization. */
  | { readonly kind: "separable"; readonly filters: number; readonly stride: number }
  /** Windows of this size side by side. */
  | { readonly kind: "max-pool"; readonly size: 2 }
  | { readonly kind: "average-pool"; readonly size: number }
  /** Then Relu. */
  | { readonly kind: "dense"; readonly units: number };

/** How the read-out is written down: what a finder of read-outs has to cope with. */
export type ReadoutForm = "gemm" | "matmul-add" | "global-pool-convolution";

export interface Recipe {
  readonly name: string;
  readonly role: "model" | "innocent";
  /** Of everything drawn for this model: training images, first weights, order. */
  readonly seed: number;
  readonly stages: readonly Stage[];
  readonly readout: ReadoutForm;
  /** Images to train on. */
  readonly training: number;
  readonly epochs: number;
  /** Images per step. */
  readonly batch: number;
  /** Learning rate of Adam at its highest; up to it and down again along a cosine. */
  readonly rate: number;
}

const TRAINING = { training: 16_000, epochs: 5, batch: 50, rate: 0.003 } as const;

/** The models of test-models/. The innocents share the task, and nothing else, with the first. */
export const RECIPES: readonly Recipe[] = [
  {
    name: "glyphs",
    role: "model",
    seed: 1,
    stages: [
      { kind: "convolution", filters: 64, size: 5, padding: 0 },
      { kind: "max-pool", size: 2 },
      { kind: "convolution", filters: 128, size: 3, padding: 0 },
      { kind: "average-pool", size: 3 },
    ],
    readout: "gemm",
    ...TRAINING,
  },
  {
    name: "innocent-a",
    role: "innocent",
    seed: 2,
    stages: [
      { kind: "convolution", filters: 16, size: 3, padding: 1 },
      { kind: "max-pool", size: 2 },
      { kind: "residual", filters: 24, stride: 1 },
      { kind: "residual", filters: 48, stride: 2 },
      { kind: "average-pool", size: 2 },
    ],
    readout: "matmul-add",
    ...TRAINING,
  },
  {
    name: "innocent-b",
    role: "innocent",
    seed: 3,
    stages: [
      { kind: "convolution", filters: 24, size: 5, padding: 0 },
      { kind: "max-pool", size: 2 },
      { kind: "convolution", filters: 48, size: 3, padding: 1 },
      { kind: "max-pool", size: 2 },
      { kind: "convolution", filters: 160, size: 3, padding: 1 },
    ],
    readout: "global-pool-convolution",
    ...TRAINING,
  },
  {
    name: "innocent-c",
    role: "innocent",
    seed: 4,
    stages: [
      { kind: "convolution", filters: 24, size: 3, padding: 1 },
      { kind: "max-pool", size: 2 },
      { kind: "separable", filters: 48, stride: 1 },
      { kind: "separable", filters: 64, stride: 2 },
      { kind: "dense", units: 64 },
    ],
    readout: "gemm",
    ...TRAINING,
  },
];
