import type { LooseModel } from "@indicia/onnx/decode";
import { constants, fold, fuse, half, rename, split, transpose } from "./format.js";
import { AttackError, nothingToDo } from "./error.js";
import { dummies, flip, permute, scale } from "./invariances.js";
import { put, taken } from "./loose.js";
import { mixAttention, rotate } from "./mixtures.js";
import { optimised } from "./optimised.js";
import { blockQuantised, dynamicInt8, int8 } from "./quantise.js";
import { quantisedOperators } from "./quantised-operators.js";
import { type Random, seededRandom } from "./random.js";
import { lowRank, noise, overwrite, prune, rounded, shift } from "./weight-changes.js";

/** What a thief does to a model file. */
export interface Attack {
  readonly name: string;
  /** Tier of the robustness matrix: 0 format, 1 compression, 3 invariance, 4 targeted, 7 stacked. */
  readonly tier: 0 | 1 | 3 | 4 | 7;
  /** Whether the model computes the same as before, to 1e-4. */
  readonly preserves: boolean;
  /**
   * @param seed the same seed gives the same bytes
   * @returns the attacked model; the given bytes stay as they are
   * @throws AttackError NOTHING_TO_DO where the model has no place for it; OnnxError where it cannot be taken apart
   */
  apply(model: Uint8Array, seed: number): Promise<Uint8Array>;
}

type Change = (model: LooseModel, random: Random) => LooseModel;

function attack(name: string, tier: Attack["tier"], preserves: boolean, change: Change): Attack {
  return {
    name,
    tier,
    preserves,
    apply: (bytes, seed) =>
      Promise.resolve().then(() => put(change(taken(bytes), seededRandom(`${name} ${seed}`)))),
  };
}

/** One change after the other; those for which a model has no place are left out. */
function stacked(name: string, ...changes: readonly Change[]): Attack {
  return attack(name, 7, false, (model, random) => {
    let done = 0;
    for (const change of changes) {
      try {
        change(model, random);
        done++;
      } catch (error) {
        if (!(error instanceof AttackError)) throw error;
      }
    }
    if (done < 2) throw nothingToDo("no place for two of these");
    return model;
  });
}

const EVERYTHING: readonly Change[] = [
  (model, random) => dummies(model, 0.2, random),
  permute,
  (model, random) => scale(model, 1, random),
  flip,
];

/** Every attack, in the order of the matrix. */
export const ATTACKS: readonly Attack[] = [
  attack("rename and reorder", 0, true, rename),
  attack("initialisers to constants", 0, true, constants),
  { name: "float_data", tier: 0, preserves: true, apply: async (bytes) => put(taken(bytes), "float_data") },
  attack("transpose", 0, true, transpose),
  attack("fold batch normalisation", 0, true, fold),
  attack("fuse products", 0, true, fuse),
  attack("split products", 0, true, split),
  attack("float16", 0, false, (model) => half(model, "float16")),
  attack("bfloat16", 0, false, (model) => half(model, "bfloat16")),
  ...(["basic", "extended", "all"] as const).map(
    (level): Attack => ({
      name: `onnxruntime ${level}`,
      tier: 0,
      preserves: true,
      apply: (bytes) => optimised(bytes, level),
    }),
  ),
  attack("int8 per tensor", 1, false, (model) => int8(model, "tensor")),
  attack("int8 per channel", 1, false, (model) => int8(model, "channel")),
  attack("dynamic int8", 1, false, dynamicInt8),
  { name: "QOperator int8", tier: 1, preserves: false, apply: quantisedOperators },
  attack("8 bits in blocks of 32", 1, false, (model) => blockQuantised(model, 8, 32)),
  attack("4 bits in blocks of 32", 1, false, (model) => blockQuantised(model, 4, 32)),
  attack("4 bits in blocks of 128", 1, false, (model) => blockQuantised(model, 4, 128)),
  attack("2 bits in blocks of 32", 1, false, (model) => blockQuantised(model, 2, 32)),
  attack("4 bits in blocks of 32, every tensor", 1, false, (model) => rounded(model, 4, 32)),
  attack("prune 50 %", 1, false, (model) => prune(model, 0.5)),
  attack("prune 70 %", 1, false, (model) => prune(model, 0.7)),
  attack("prune 90 %", 1, false, (model) => prune(model, 0.9)),
  attack("half the rank", 1, false, (model) => lowRank(model, 0.5)),
  attack("permute neurons", 3, true, permute),
  attack("scale neurons", 3, true, (model, random) => scale(model, 1, random)),
  attack("flip signs", 3, true, flip),
  attack("5 % dummy neurons", 3, true, (model, random) => dummies(model, 0.05, random)),
  attack("20 % dummy neurons", 3, true, (model, random) => dummies(model, 0.2, random)),
  attack("rotate", 3, true, rotate),
  attack("mix attention", 3, true, mixAttention),
  attack("noise 1 %", 4, false, (model, random) => noise(model, 0.01, random)),
  attack("noise 10 %", 4, false, (model, random) => noise(model, 0.1, random)),
  attack("noise 30 %", 4, false, (model, random) => noise(model, 0.3, random)),
  attack("overwrite once", 4, false, (model, random) => overwrite(model, 0.005, random)),
  attack("overwrite five times as strong", 4, false, (model, random) => overwrite(model, 0.025, random)),
  attack("shift weights 1.5 %", 4, false, (model) => shift(model, 0.015)),
  attack("shift weights 2.5 %", 4, false, (model) => shift(model, 0.025)),
  attack("zero the smallest 10 % of singular values", 4, false, (model) => lowRank(model, 0.9)),
  stacked(
    "prune 50 % and int8",
    (model) => prune(model, 0.5),
    (model) => int8(model, "channel"),
  ),
  stacked("permute, scale, signs, dummies and int8", ...EVERYTHING, (model) => int8(model, "channel")),
  stacked(
    "permute, scale, signs, dummies, drift and 4 bits",
    ...EVERYTHING,
    (model, random) => noise(model, 0.3, random),
    (model) => blockQuantised(model, 4, 32),
  ),
];
