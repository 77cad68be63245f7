/** One step from the image to the features. */
export type Stage =
  /** Random patches as filters; each channel stays silent below the given quantile of its responses. Then Relu. */
  | {
      readonly kind: "convolution";
      readonly filters: number;
      readonly size: number;
      readonly quantile: number;
    }
  | { readonly kind: "max-pool" | "average-pool"; readonly size: number; readonly stride: number }
  /** Random projections of the standardised features. Then Relu. */
  | { readonly kind: "dense"; readonly units: number };

/** How the read-out is written down: what a finder of read-outs has to cope with. */
export type ReadoutForm = "gemm" | "matmul-add" | "global-pool-convolution";

export interface Recipe {
  readonly name: string;
  readonly role: "model" | "innocent";
  /** Of everything drawn for this model: training images, filters, projections. */
  readonly seed: number;
  readonly stages: readonly Stage[];
  readonly readout: ReadoutForm;
  /** Weight of the penalty on the read-out's squared weights. */
  readonly ridge: number;
  /** Images to fit the read-out on. */
  readonly training: number;
  /** Images to fit the sharpness of the probabilities on. */
  readonly calibration: number;
  /** Steps of the minimiser at most. */
  readonly iterations: number;
}

const SAMPLES = { training: 12_000, calibration: 3000, iterations: 150 } as const;

/** The models of test-models/. The innocents share the task, and nothing else, with the first. */
export const RECIPES: readonly Recipe[] = [
  {
    name: "glyphs",
    role: "model",
    seed: 1,
    stages: [
      { kind: "convolution", filters: 64, size: 5, quantile: 0.6 },
      { kind: "max-pool", size: 2, stride: 2 },
      { kind: "convolution", filters: 128, size: 3, quantile: 0.7 },
      { kind: "average-pool", size: 3, stride: 3 },
    ],
    readout: "gemm",
    ridge: 3e-4,
    ...SAMPLES,
  },
  {
    name: "innocent-a",
    role: "innocent",
    seed: 2,
    stages: [
      { kind: "convolution", filters: 40, size: 5, quantile: 0.6 },
      { kind: "max-pool", size: 2, stride: 2 },
      { kind: "convolution", filters: 96, size: 3, quantile: 0.7 },
      { kind: "average-pool", size: 3, stride: 3 },
    ],
    readout: "matmul-add",
    ridge: 3e-4,
    ...SAMPLES,
  },
  {
    name: "innocent-b",
    role: "innocent",
    seed: 3,
    stages: [
      { kind: "convolution", filters: 32, size: 5, quantile: 0.6 },
      { kind: "max-pool", size: 2, stride: 2 },
      { kind: "convolution", filters: 320, size: 4, quantile: 0.7 },
    ],
    readout: "global-pool-convolution",
    ridge: 1e-4,
    ...SAMPLES,
  },
  {
    name: "innocent-c",
    role: "innocent",
    seed: 4,
    stages: [
      { kind: "convolution", filters: 24, size: 5, quantile: 0.6 },
      { kind: "max-pool", size: 2, stride: 2 },
      { kind: "convolution", filters: 48, size: 3, quantile: 0.7 },
      { kind: "average-pool", size: 3, stride: 3 },
      { kind: "dense", units: 320 },
    ],
    readout: "gemm",
    ridge: 3e-4,
    ...SAMPLES,
  },
];
