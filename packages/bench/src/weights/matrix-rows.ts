import { AttackError } from "@indicia/attacks/error";
import { type Attack, ATTACKS } from "@indicia/attacks/index";
import type { BenchOptions } from "../bench.js";
import { SEED } from "../facts.js";
import { type NullCase, weightsNullCase } from "../null-calibration.js";
import { type Row, row } from "../row.js";
import { evidence, heldAgainst, KEY, type Marked, marked, measured } from "./look.js";
import { labelChange, labelsOf, MATRIX_MODELS, type MatrixModel, matrixModel, sha256 } from "./models.js";

/** Inputs on which labels are compared. */
const ROWS = 1000;
const QUICK_ROWS = 100;
/** What a --quick run tries, one attack of each kind. */
const QUICK_MODELS: readonly string[] = ["dense layers with ReLU", "glyphs"];
const QUICK_ATTACKS: readonly string[] = [
  "transpose",
  "int8 per channel",
  "prune 70 %",
  "permute neurons",
  "permute, scale, signs, dummies, drift and 4 bits",
];
/** Weights from which the goals hold for a format, for a compression, and for what hides the weights. */
const LARGE = { format: 100_000, compression: 250_000, million: 1_000_000 } as const;

/** Every attack on every model: what is found of the mark, what the attack cost, and what is seen without alignment. */
export async function matrixRows(
  bench: string,
  { quick, say }: BenchOptions,
): Promise<{ rows: Row[]; nullCases: NullCase[] }> {
  const rows: Row[] = [];
  const nullCases: NullCase[] = [];
  for (const name of quick ? QUICK_MODELS : MATRIX_MODELS) {
    const model = await matrixModel(name, quick ? QUICK_ROWS : ROWS);
    const copy = marked(model.bytes, model.strength);
    say(`${name}, ${copy.weights} weights`);
    const [plain, before] = [await labelsOf(model.bytes, model), await labelsOf(copy.bytes, model)];
    rows.push(...markRows(bench, model, copy, labelChange(plain, before)));
    for (const attack of ATTACKS) {
      if (quick && !QUICK_ATTACKS.includes(attack.name)) continue;
      const attacked = await attempt(attack, copy.bytes);
      if (attacked === null) continue;
      const result = await attackRows(bench, { model, copy, attack, attacked, before });
      rows.push(...result.rows);
      if (attack.tier === 7) nullCases.push(result.nullCase);
    }
  }
  return { rows, nullCases };
}

async function attempt(attack: Attack, model: Uint8Array): Promise<Uint8Array | null> {
  try {
    return await attack.apply(model, SEED);
  } catch (error) {
    // A model with no place for an attack has no row for it.
    if (error instanceof AttackError && error.code === "NOTHING_TO_DO") return null;
    throw error;
  }
}

function markRows(bench: string, model: MatrixModel, copy: Marked, changed: number | null): Row[] {
  const common = { bench, case: model.name, model: sha256(model.bytes) };
  return [
    row({ ...common, metric: "weights", value: copy.weights }),
    row({ ...common, metric: "strength", value: model.strength }),
    ...(changed === null ? [] : [row({ ...common, metric: "labels changed by the mark", value: changed })]),
  ];
}

interface Attacked {
  readonly model: MatrixModel;
  readonly copy: Marked;
  readonly attack: Attack;
  readonly attacked: Uint8Array;
  readonly before: Int32Array | null;
}

async function attackRows(
  bench: string,
  { model, copy, attack, attacked, before }: Attacked,
): Promise<{ rows: Row[]; nullCase: NullCase }> {
  const began = performance.now();
  const name = `${model.name}: ${attack.name}`;
  const sealed = await measured(copy, attacked);
  const { log10P, T } = evidence(heldAgainst(sealed, KEY));
  const seconds = (performance.now() - began) / 1000;
  const goal = goalOf(attack, copy.weights);
  const common = { bench, case: name, model: sha256(attacked) };
  const cost = labelChange(before, await labelsOf(attacked, model));
  const rows = [
    row({ ...common, metric: "log10PIdeal", value: log10P, seconds, ...(goal === null ? {} : { goal }) }),
    row({ ...common, metric: "T", value: T }),
    ...(cost === null ? [] : [row({ ...common, metric: "labels changed by the attack", value: cost })]),
  ];
  if (attack.tier === 3 || attack.tier === 7) {
    const blunt = evidence(heldAgainst(await measured(copy, attacked, false), KEY));
    rows.push(row({ ...common, metric: "log10PIdeal without alignment", value: blunt.log10P }));
  }
  return { rows, nullCase: weightsNullCase(name, sealed.segments, sealed.residual) };
}

/** What the project promises of an attack on a model of so many weights. */
function goalOf({ name, tier }: Attack, weights: number): string | null {
  if (tier === 0) return weights >= LARGE.format ? "<= -100" : null;
  if (tier === 3) return weights >= LARGE.million ? "<= -100" : null;
  if (name.startsWith("permute, scale, signs, dummies, drift"))
    return weights >= LARGE.million ? "<= -100" : null;
  if (tier !== 1 || weights < LARGE.compression) return null;
  if (name.includes("int8")) return "<= -1000";
  if (name.startsWith("4 bits in blocks of 32")) return "<= -200";
  return name === "prune 70 %" && weights >= LARGE.million ? "<= -30" : null;
}
