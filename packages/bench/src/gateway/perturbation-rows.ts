import { distil } from "@indicia/autodiff/distil";
import { type Answers, answersOf, labelsOf } from "@indicia/autodiff/evaluate";
import { type Lesson, probabilitiesOf } from "@indicia/autodiff/teacher";
import { type Basis, principalBasis } from "@indicia/core/marks/readout/basis";
import { openFeatures } from "@indicia/core/marks/readout/features";
import { findReadout } from "@indicia/core/marks/readout/find";
import { customerCarrier, customerLogits } from "@indicia/core/customer-mark";
import { LOOK_EVERY } from "@indicia/defence/monitor/account";
import { PERTURBATIONS, type PerturbationKind, perturber } from "@indicia/defence/perturbation/perturb";
import { totalVariation } from "@indicia/defence/perturbation/towards";
import { openModelBytes } from "@indicia/onnx/open";
import { sliceRows, type Tensor } from "@indicia/onnx/tensor";
import { decision, probabilities } from "@indicia/proof/scores";
import type { BenchOptions } from "../bench.js";
import { BenchError } from "../error.js";
import { INPUT } from "../extraction/data.js";
import { FASHION_CLASSES, loadFashion, loadMnist } from "../extraction/fashion.js";
import { type Row, row } from "../row.js";
import { markStrength } from "./found-mark.js";
import { LEAST_BUDGET, MOST_BUDGET as MOST } from "./monitor-rows.js";
import { fashionModel } from "./scenes.js";

const m = FASHION_CLASSES;
/** What honest accounts' answers may differ by. */
const BUDGET = 0.05;
/** Logits of the customer's mark: as strong as that of a released copy, and twice a gateway's default. */
const STRENGTH = 0.25;
const DIMENSIONS = 48;
const CASE = "perturbation, Fashion-MNIST";

/** Output policies, as a thief makes the best of them; none costs honest users a label. */
const POLICIES: readonly (readonly [string, Lesson])[] = [
  ["round:2", { kind: "rounded", decimals: 2 }],
  ["round:1", { kind: "rounded", decimals: 1 }],
  ["top-k:3", { kind: "top", count: 3 }],
  ["labels", { kind: "labels" }],
];

interface Extent {
  readonly training: number;
  readonly epochs: number;
  readonly queries: number;
  readonly thiefEpochs: number;
  readonly probes: number;
}
const FULL: Extent = { training: 25_000, epochs: 6, queries: 8000, thiefEpochs: 6, probes: 10_000 };
const QUICK: Extent = { training: 3000, epochs: 3, queries: 1000, thiefEpochs: 3, probes: 1000 };

/** Answers to the thief's queries, with what they are made from. */
interface Served {
  readonly inputs: Tensor;
  /** The model's own probabilities, and those with the customer's mark, row-major [rows, m]. */
  readonly plain: Float64Array;
  readonly marked: Float64Array;
  readonly basis: Basis;
  readonly features: Float64Array;
  readonly carrier: Int8Array;
}

/** What perturbation costs honest users and thieves, and whether marks are found through it. */
export async function perturbationRows(bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const extent = quick ? QUICK : FULL;
  const [own, test] = await Promise.all([loadFashion("train"), loadFashion("t10k")]);
  say("training the owner's model");
  const model = await fashionModel(own, extent.training, extent.epochs);
  const served = await serveMarked(model, sliceRows(own.images, 30_000, 30_000 + extent.queries));
  const probes = sliceRows(test.images, 0, extent.probes);
  const probed = await readAll(model, probes);
  const labels = test.labels.subarray(0, extent.probes);
  const rows: Row[] = [];
  const add = (
    metric: string,
    value: number,
    more: { goal?: string; unit?: string; baseline?: number } = {},
  ): void => {
    rows.push(row({ bench, case: CASE, metric, value, ...more }));
  };
  const thief = async (
    name: string,
    values: Float64Array,
    lesson: Lesson = { kind: "vectors" },
    inputs: Tensor = served.inputs,
  ): Promise<Answers> => {
    say(`thief of ${name}`);
    const answers: Answers = { rows: values.length / m, classes: m, values: Float32Array.from(values) };
    const stolen = await distil({
      student: { architecture: "strided", input: INPUT },
      inputs: { [INPUT]: inputs },
      answers,
      lesson,
      epochs: extent.thiefEpochs,
      batch: 128,
      seed: "thief",
    });
    return probabilitiesOf(await answersOf(stolen.model, { [INPUT]: probes }));
  };
  const accuracy = (answers: Answers): number =>
    (100 * labelsOf(answers).filter((label, i) => label === labels[i]).length) / extent.probes;
  const shadow = await thief("unmarked answers", served.plain);
  // The owner knows how he perturbs: what he holds answers and thieves against is perturbed alike, without the mark.
  const found = (answers: Answers, against: Answers): number =>
    markStrength(
      { rows: extent.probes, classes: m, features: probed.features },
      Float64Array.from(answers.values, (p, i) => p - (against.values[i] ?? 0)),
      served,
    );
  const inAnswers = (values: Float64Array, against: Float64Array): number =>
    markStrength(
      { rows: extent.queries, classes: m, features: served.features },
      values.map((p, i) => p - (against[i] ?? 0)),
      served,
    );
  const undefended = await thief("marked answers", served.marked);
  const base = accuracy(undefended);
  add("no perturbation: thief's accuracy", base, { unit: "%" });
  add("no perturbation: T of the mark in the answers", inAnswers(served.marked, served.plain));
  add("no perturbation: T of the mark in the thief's model", found(undefended, shadow));
  for (const [name, lesson] of POLICIES)
    add(
      `output policy ${name}: thief's accuracy lower by`,
      base - accuracy(await thief(name, served.marked, lesson)),
      {
        unit: "points",
      },
    );
  for (const kind of PERTURBATIONS) {
    for (const suspicion of [0, 1]) {
      const name = suspicion === 0 ? kind : `${kind}, flagged account`;
      const given = perturbed(kind, served.marked, () => suspicion);
      const cost = costOf(served.marked, given);
      add(`${name}: labels changed`, 100 * cost.labels, { unit: "%", goal: "== 0" });
      add(`${name}: mean total variation`, cost.variation, { goal: `<= ${suspicion === 0 ? BUDGET : MOST}` });
      const stolen = await thief(name, given);
      add(`${name}: thief's accuracy lower by`, base - accuracy(stolen), {
        unit: "points",
        ...(suspicion === 0 ? { goal: ">= 5" } : {}),
      });
      const unmarked = perturbed(kind, served.plain, () => suspicion);
      add(`${name}: T of the mark in the answers`, inAnswers(given, unmarked), { goal: ">= 5" });
      const alike = await thief(`${name}, unmarked`, unmarked);
      add(`${name}: T of the mark in the thief's model`, found(stolen, alike));
    }
  }
  // The monitor's rows say that such a thief is flagged at its first look, and what honest accounts bear meanwhile.
  const digits = sliceRows((await loadMnist()).images, 0, extent.queries);
  const foreign = distributions((await readAll(model, digits)).logits, extent.queries);
  const knockoff = accuracy(await thief("knockoff with MNIST", foreign, { kind: "vectors" }, digits));
  add("knockoff with MNIST, no defence: thief's accuracy", knockoff, { unit: "%" });
  const flagged = (query: number): number => (query < LOOK_EVERY ? 0 : 1);
  const steered = perturbed("widest-angle", foreign, flagged, LEAST_BUDGET);
  for (const kind of ["vectors", "labels"] as const) {
    const stolen = await thief(`knockoff with MNIST under monitor, ${kind}`, steered, { kind }, digits);
    add(
      `knockoff with MNIST, monitor steers widest-angle, thief of ${kind}: accuracy lower by`,
      knockoff - accuracy(stolen),
      { unit: "points", ...(kind === "vectors" ? { goal: ">= 5" } : {}) },
    );
  }
  return rows;
}

async function readAll(
  model: Uint8Array,
  inputs: Tensor,
): Promise<{ readonly features: Float64Array; readonly logits: Float64Array; readonly width: number }> {
  const opened = openModelBytes(model);
  const found = findReadout(opened);
  opened.close();
  if ("refusal" in found) throw new BenchError("MODEL_UNSUITABLE", found.refusal, "Take another model.");
  const reader = await openFeatures(model, found);
  try {
    const read = await reader.read({ rows: inputs.dims[0] ?? 0, tensors: { [INPUT]: inputs } });
    return { ...read, width: found.features };
  } finally {
    await reader.close();
  }
}

async function serveMarked(model: Uint8Array, inputs: Tensor): Promise<Served> {
  const rows = inputs.dims[0] ?? 0;
  const { features, logits, width } = await readAll(model, inputs);
  const basis = await principalBasis(features, rows, {
    features: width,
    dimensions: DIMENSIONS,
    throughOrigin: false,
  });
  const place = { basis, classes: m };
  const carrier = customerCarrier(new Uint8Array(32).fill(9), place);
  const marked = customerLogits({ rows, features, logits }, { carrier, place, strength: STRENGTH });
  return {
    inputs,
    plain: distributions(logits, rows),
    marked: distributions(marked, rows),
    basis,
    features,
    carrier,
  };
}

function distributions(reference: Float64Array, rows: number): Float64Array {
  const out = new Float64Array(rows * m);
  for (let i = 0; i < rows; i++) out.set(probabilities({ classes: m, reference, link: "softmax" }, i), i * m);
  return out;
}

/** @param suspicion of the account at each of its queries */
function perturbed(
  kind: PerturbationKind,
  answers: Float64Array,
  suspicion: (query: number) => number,
  budget: number = BUDGET,
): Float64Array {
  const key = new Uint8Array(32).fill(11);
  const change = perturber({ kind, classes: m, key, budget, most: MOST });
  const out = new Float64Array(answers.length);
  for (let at = 0; at < answers.length; at += m)
    out.set(
      change(answers.subarray(at, at + m), {
        account: "thief",
        query: String(at),
        suspicion: suspicion(at / m),
      }),
      at,
    );
  return out;
}

function costOf(
  before: Float64Array,
  after: Float64Array,
): { readonly labels: number; readonly variation: number } {
  const rows = before.length / m;
  let labels = 0;
  let variation = 0;
  for (let i = 0; i < rows; i++) {
    labels += decision(before, i, m) === decision(after, i, m) ? 0 : 1 / rows;
    variation +=
      totalVariation(before.subarray(i * m, (i + 1) * m), after.subarray(i * m, (i + 1) * m)) / rows;
  }
  // Sums of many shares round beyond the budget.
  return { labels, variation: Number(variation.toFixed(9)) };
}
