import type { Tensor } from "@indicia/onnx/tensor";
import type { Optimiser } from "./optimiser.js";
import type { Random, Seed } from "./random.js";
import type { Schedule } from "./schedule.js";
import type { Targets } from "./targets.js";

export interface TrainOptions {
  /** Bytes of an .onnx file, its weights float32. */
  readonly model: Uint8Array;
  /** Every input of the model, rows along axis 0. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly targets: Targets;
  /** Weight of every row in the loss, brought to a mean of 1. */
  readonly rowWeights?: ArrayLike<number>;
  /** Output that the loss is about, default the first; a Softmax or Sigmoid at its end may stand there. */
  readonly output?: string;
  readonly epochs: number;
  /** Rows per step, default 64; where the model fixes a batch, that. What is left of an epoch's rows waits for the next. */
  readonly batch?: number;
  /** Learning rate before the schedule. */
  readonly rate: number;
  /** Default Adam. */
  readonly optimiser?: Optimiser;
  /** Default constant. */
  readonly schedule?: Schedule;
  /** Largest norm of all gradients together, default no limit. */
  readonly clip?: number;
  /** Of the order of the rows, of Dropout and of augmentation. The same seed gives the same bytes on one machine. */
  readonly seed: Seed;
  /** Which of the weights are trained, default all. */
  readonly chosen?: (name: string, dims: readonly number[]) => boolean;
  /** Changes the inputs of a step, with numbers of its own for every step. Checkpoints do not know it: keep it the same. */
  readonly augment?: (batch: Readonly<Record<string, Tensor>>, numbers: Random) => Record<string, Tensor>;
  readonly checkpoint?: CheckpointOptions;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (progress: TrainProgress) => void;
  /** Milliseconds, for what progress tells; default the process's clock. */
  readonly now?: () => number;
  /** Threads within one operator, default 1; more give other last digits. */
  readonly threads?: number;
}

export interface CheckpointOptions {
  /** Keeps a checkpoint, whole or not at all. */
  readonly save: (bytes: Uint8Array) => Promise<void>;
  /** Steps between checkpoints, default an epoch. One is also made on abort. */
  readonly every?: number;
  /** Checkpoint to go on from; null to begin. The end is the same as without an interruption, byte for byte. */
  readonly resume?: Uint8Array | null;
}

export interface TrainProgress {
  /** Epoch under way, from 1. */
  readonly epoch: number;
  readonly epochs: number;
  /** Steps done. */
  readonly step: number;
  readonly steps: number;
  /** Of the last step. */
  readonly loss: number;
  readonly rowsPerSecond: number;
  readonly secondsLeft: number;
}

export interface TrainResult {
  /** The incoming model with its weights trained. */
  readonly model: Uint8Array;
  /** Loss of every step, less what no model can do without. */
  readonly losses: Float32Array;
  /** Mean loss of every epoch. */
  readonly epochLosses: readonly number[];
  /** Names of the initialisers that changed. */
  readonly trained: readonly string[];
}
