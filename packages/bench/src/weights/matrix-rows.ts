import type { BenchOptions } from "../bench.js";
import { type NullCase, weightsNullCase } from "../null-calibration.js";
import { type Row, row } from "../row.js";
import { attacked as attackedModel, MATRIX_ATTACKS, type MatrixAttack } from "./attack-list.js";
import { evidence, heldAgainst, KEY, type Marked, marked, measured } from "./look.js";
import { labelChange, labelsOf, MATRIX_MODELS, type MatrixModel, matrixModel, sha256 } from "./models.js";

/** Inputs on which labels are compared. */
const ROWS = 1000;
const QUICK_ROWS = 100;
/** What a --quick run tries, one attack of each kind. */
const QUICK_MODELS: readonly string[] = ["dense layers with ReLU", "glyphs"];
const QUICK_ATTACKS: readonly string[] = [
  "transpose (flip)",
  "int8 (weights per channel)",
  "prune (70 %)",
  "permute (all)",
  "permute, scale, signs, dummies, drift, 4 bits",
];
/** Weights from which the goals hold for a format, for a compression, and for what hides the weights. */
const LARGE = { format: 100_000, compression: 250_000, million: 1_000_000 } as const;

/** Four bits in blocks of 32. */
const FOUR_BITS: readonly string[] = ["n-bits (4 bits)", "int4 (blocks of 32)"];

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
    for (const attack of MATRIX_ATTACKS) {
      if (quick && !QUICK_ATTACKS.includes(attack.name)) continue;
      const attacked = await attackedModel(attack, copy.bytes, model);
      if (attacked === null) continue;
      const result = await attackRows(bench, { model, copy, attack, attacked, before });
      rows.push(...result.rows);
      if (attack.tier === 7) nullCases.push(result.nullCase);
    }
  }
  return { rows, nullCases };
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
  readonly attack: MatrixAttack;
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
function goalOf({ name, tier }: MatrixAttack, weights: number): string | null {
  if (tier === 0) return weights >= LARGE.format ? "<= -100" : null;
  if (tier === 3) return weights >= LARGE.million ? "<= -100" : null;
  if (name.startsWith("permute, scale, signs, dummies, drift"))
    return weights >= LARGE.million ? "<= -100" : null;
  if (tier !== 1 || weights < LARGE.compression) return null;
  if (name.startsWith("int8")) return "<= -1000";
  if (FOUR_BITS.includes(name)) return "<= -200";
  return name.startsWith("prune (70 %") && weights >= LARGE.million ? "<= -30" : null;
}
