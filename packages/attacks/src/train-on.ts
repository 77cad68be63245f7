import { AutodiffError } from "@indicia/autodiff/error";
import type { Seed } from "@indicia/autodiff/random";
import { train } from "@indicia/autodiff/train";
import type { Loot } from "./attack.js";
import { AttackError, badOption } from "./error.js";

export interface TrainOnOptions {
  /** Which initialisers learn, default all that can. */
  readonly chosen?: (name: string) => boolean;
  readonly l2?: number;
  /** Decoupled weight decay; not together with `l2`. */
  readonly decay?: number;
  readonly smoothing?: number;
  readonly epochs: number;
  readonly rate: number;
  readonly seed: Seed;
}

/** Of the model, not of the thief's options: such a model is none that can be tuned. */
const UNTRAINABLE: readonly string[] = [
  "NO_GRADIENT",
  "SHAPE_UNKNOWN",
  "OPSET_UNSUPPORTED",
  "NOTHING_TO_TRAIN",
  "LOSS_SHAPE",
];

/**
 * Train a model on stolen or gathered rows with labels, with Adam.
 *
 * @throws AttackError ATTACK_OPTION without rows and labels, NOTHING_TO_DO where the model cannot be trained
 */
export async function trainOn(
  model: Uint8Array,
  { rows, labels }: Loot,
  { chosen, l2 = 0, decay = 0, smoothing = 0, epochs, rate, seed }: TrainOnOptions,
): Promise<Uint8Array> {
  if (rows === undefined || labels === undefined) throw badOption("training needs rows and their labels");
  try {
    const trained = await train({
      model,
      inputs: rows,
      targets: { kind: "labels", labels, smoothing },
      optimiser: decay > 0 ? { kind: "adamw", weightDecay: decay } : { kind: "adam", weightDecay: l2 },
      epochs,
      rate,
      seed,
      ...(chosen === undefined ? {} : { chosen }),
    });
    return trained.model;
  } catch (cause) {
    if (!(cause instanceof AutodiffError && UNTRAINABLE.includes(cause.code))) throw cause;
    const message = `the model cannot be trained: ${cause.message}`;
    throw new AttackError("NOTHING_TO_DO", message, "Try another attack.", { cause });
  }
}
