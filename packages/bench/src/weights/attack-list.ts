import { compose } from "@indicia/attacks/compose";
import { AttackError } from "@indicia/attacks/error";
import { ATTACKS } from "@indicia/attacks/index";
import type { Tier, Variant } from "@indicia/attacks/attack";
import { SEED } from "../facts.js";
import type { MatrixModel } from "./models.js";

/** A row of the matrix: an attack with its options, or several stacked. */
export interface MatrixAttack {
  readonly name: string;
  /** Tier of the robustness matrix; 7 are stacked attacks. */
  readonly tier: Tier | 7;
  readonly variant: Variant;
}

/** All but those that need loot: averaging is measured with copies for several recipients, tuning with data. */
const SINGLE: readonly MatrixAttack[] = ATTACKS.filter(({ needs }) => needs === null).flatMap(
  ({ name, tier, variants }) =>
    variants.map((variant) => ({ name: `${name} (${variant.name})`, tier, variant })),
);

/** Everything that hides neurons. */
const HIDDEN = ["dummies (mixed 20 %)", "permute (all)", "scale (strong)", "flip (half)"];

const STACKED: Readonly<Record<string, readonly string[]>> = {
  "prune 50 %, int8": ["prune (50 %)", "int8 (weights per channel)"],
  "permute, scale, signs, dummies, int8": [...HIDDEN, "int8 (weights per channel)"],
  "permute, scale, signs, dummies, drift, 4 bits": [...HIDDEN, "noise (30 %)", "n-bits (4 bits)"],
  "rotate, permute, 4 bits": ["rotate (all)", "permute (all)", "n-bits (4 bits)"],
};

/** Every attack in the order of the matrix. */
export const MATRIX_ATTACKS: readonly MatrixAttack[] = [
  ...SINGLE,
  ...Object.entries(STACKED).map(([name, steps]) => ({
    name,
    tier: 7 as const,
    variant: compose(...steps.map((step) => single(step).variant)),
  })),
];

function single(name: string): MatrixAttack {
  return known(SINGLE.find((each) => each.name === name));
}

/** @throws RangeError for a name that is not in the list */
export function matrixAttack(name: string): MatrixAttack {
  return known(MATRIX_ATTACKS.find((each) => each.name === name));
}

function known(attack: MatrixAttack | undefined): MatrixAttack {
  if (attack !== undefined) return attack;
  throw new RangeError("no such attack");
}

/** The attacked model, or null where the model has no place for the attack. */
export async function attacked(
  { variant }: MatrixAttack,
  bytes: Uint8Array,
  { rows }: Pick<MatrixModel, "rows">,
): Promise<Uint8Array | null> {
  try {
    return await variant.run(bytes, SEED, rows === null ? {} : { rows });
  } catch (error) {
    if (error instanceof AttackError && error.code === "NOTHING_TO_DO") return null;
    throw error;
  }
}
