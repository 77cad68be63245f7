import { distil } from "@indicia/autodiff/distil";
import { type Answers, answersOf, labelsOf } from "@indicia/autodiff/evaluate";
import { probabilitiesOf } from "@indicia/autodiff/teacher";
import { LOOK_EVERY } from "@indicia/defence/monitor/account";
import { sketchRows } from "@indicia/defence/monitor/sketch";
import { fitWindow } from "@indicia/defence/monitor/window";
import { sliceRows, type Tensor } from "@indicia/onnx/tensor";
import type { BenchOptions } from "../bench.js";
import { INPUT } from "../extraction/data.js";
import { loadFashion, loadMnist } from "../extraction/fashion.js";
import { type Row, row } from "../row.js";
import { markStrength } from "./found-mark.js";
import { type FeaturedAnswers, type MarkingModel, markingModel } from "./marked-answers.js";
import { LEAST_BUDGET } from "./monitor-rows.js";
import { BUDGET, costOf, MOST, perturbed, type Policy, policies } from "./policies.js";
import { METRICS, POLICY_CASE } from "./policy-table.js";
import { fashionModel } from "./scenes.js";
import { watchModel } from "./watched-rows.js";

/** Steered by the monitor or by single queries: the perturbation that costs thieves most. */
const STEERED = "widest-angle";
/** T from which a mark counts as found: with the corrections of a trace still evidence. */
const FOUND = ">= 5";

interface Extent {
  readonly training: number;
  readonly epochs: number;
  readonly queries: number;
  readonly thiefEpochs: number;
  readonly probes: number;
}
const FULL: Extent = { training: 25_000, epochs: 6, queries: 8000, thiefEpochs: 6, probes: 10_000 };
const QUICK: Extent = { training: 3000, epochs: 3, queries: 1000, thiefEpochs: 3, probes: 1000 };

/** What output policies and perturbations cost honest users and thieves, and whether marks are found through them. */
export async function perturbationRows(bench: string, { quick, say }: BenchOptions): Promise<Row[]> {
  const extent = quick ? QUICK : FULL;
  const [own, test, digits] = await Promise.all([loadFashion("train"), loadFashion("t10k"), loadMnist()]);
  say("training the owner's model");
  const model = await fashionModel(own, extent.training, extent.epochs);
  const inputs = sliceRows(own.images, 30_000, 30_000 + extent.queries);
  const marking = await markingModel(model, inputs);
  const probes = sliceRows(test.images, 0, extent.probes);
  const bed: TestBed = {
    bench,
    say,
    marking,
    thiefEpochs: extent.thiefEpochs,
    probes,
    labels: test.labels.subarray(0, extent.probes),
    probed: await marking.answer(probes),
  };
  try {
    const foreign = sliceRows(digits.images, 0, extent.queries);
    // What is usual is learnt from rows of the owner's that no thief asks, nor any honest client of this bench.
    const window = sliceRows(own.images, 25_000, 30_000);
    return [
      ...(await policyRows(bed, inputs)),
      ...(await knockoffRows(bed, foreign, await outsideOf(model, { window, foreign, honest: probes }))),
    ];
  } finally {
    await marking.close();
  }
}

/** What all thieves of this bench are held against. */
interface TestBed {
  readonly bench: string;
  readonly say: (line: string) => void;
  readonly marking: MarkingModel;
  readonly thiefEpochs: number;
  readonly probes: Tensor;
  readonly labels: Int32Array;
  readonly probed: FeaturedAnswers;
}

/** A thief with rows of the owner's kind, under every policy. */
async function policyRows(bed: TestBed, inputs: Tensor): Promise<Row[]> {
  const served = await bed.marking.answer(inputs);
  const rows: Row[] = [];
  let undefended: number | null = null;
  for (const policy of policies()) {
    const measured = await measuredPolicy(bed, policy, inputs, served);
    undefended ??= measured.accuracy;
    const goals =
      policy.budget === null ? {} : { labels: "== 0", variation: `<= ${policy.budget}`, answers: FOUND };
    const lost = policy.budget === BUDGET ? { lost: ">= 5" } : {};
    rows.push(
      ...rowsOf(
        bed.bench,
        policy.name,
        { ...measured, lost: undefended - measured.accuracy },
        { ...goals, ...lost },
      ),
    );
  }
  return rows;
}

/** Where rows lie outside of what is usual: 1 for each that does. */
interface Outside {
  readonly foreign: Uint8Array;
  readonly honest: Uint8Array;
}

/**
 * A thief with rows of another kind: under a monitor that flags him at its first look, as its own rows say, and under a
 * perturbation of unusual queries alone, where nobody ever flags him.
 */
async function knockoffRows(bed: TestBed, foreign: Tensor, outside: Outside): Promise<Row[]> {
  const served = await bed.marking.answer(foreign);
  const [full] = policies();
  if (full === undefined) return [];
  const plain = await measuredPolicy(bed, full, foreign, served);
  const budgetOf = (is: Uint8Array) => (query: number) => (is[query] === 1 ? MOST : LEAST_BUDGET);
  const steered = perturbed(`${STEERED}, the monitor steers`, {
    kind: STEERED,
    budgets: (query) => (query < LOOK_EVERY ? LEAST_BUDGET : MOST),
    budget: MOST,
  });
  const unusual = (is: Uint8Array): Policy =>
    perturbed(`${STEERED}, unusual queries ${MOST}, never flagged`, {
      kind: STEERED,
      budgets: budgetOf(is),
      budget: BUDGET,
    });
  const name = ({ name: of }: Policy): string => `knockoff with MNIST, ${of}`;
  const rows = rowsOf(bed.bench, name(full), { ...plain, lost: 0 }, {});
  const [monitored, rare] = [steered, unusual(outside.foreign)];
  const honest = costOf(bed.probed.marked, unusual(outside.honest).give(bed.probed), bed.probed.classes);
  for (const [policy, cost] of [
    [monitored, null],
    [rare, honest],
  ] as const) {
    const measured = await measuredPolicy(bed, policy, foreign, served);
    const lost = plain.accuracy - measured.accuracy;
    const goals = { labels: "== 0", variation: `<= ${policy.budget}`, lost: ">= 5" };
    rows.push(...rowsOf(bed.bench, name(policy), { ...measured, ...cost, lost }, goals));
  }
  const ofLabels = await stolen(bed, "labels alone", foreign, labelled(served));
  rows.push(
    row({
      bench: bed.bench,
      case: `${POLICY_CASE}knockoff with MNIST, labels`,
      metric: METRICS.lost,
      value: plain.accuracy - accuracyOf(bed, ofLabels),
      unit: "points",
    }),
  );
  return rows;
}

interface Measured {
  readonly labels: number;
  readonly variation: number;
  readonly accuracy: number;
  readonly answers: number;
  readonly model: number;
}

/** The owner knows how he answers: what he holds answers and thieves against was answered alike, without the mark. */
async function measuredPolicy(
  bed: TestBed,
  policy: Policy,
  inputs: Tensor,
  served: FeaturedAnswers,
): Promise<Measured> {
  const { classes, rows, features, marked } = served;
  const { probed, marking } = bed;
  const [given, alike] = [policy.give(served), policy.alike(served)];
  const thief = await stolen(bed, policy.name, inputs, given);
  const shadow = await stolen(bed, `${policy.name}, unmarked`, inputs, alike);
  const between = (a: ArrayLike<number>, b: ArrayLike<number>): Float64Array =>
    Float64Array.from(a, (p, i) => p - (b[i] ?? 0));
  return {
    ...costOf(marked, given, classes),
    accuracy: accuracyOf(bed, thief),
    answers: markStrength({ rows, classes, features }, between(given, alike), marking.mark),
    model: markStrength(probed, between(thief.values, shadow.values), marking.mark),
  };
}

async function stolen(bed: TestBed, name: string, inputs: Tensor, values: Float64Array): Promise<Answers> {
  const { say, thiefEpochs, probes, probed } = bed;
  say(`thief of ${name}`);
  const { classes } = probed;
  const { model } = await distil({
    student: { architecture: "strided", input: INPUT },
    inputs: { [INPUT]: inputs },
    answers: { rows: values.length / classes, classes, values: Float32Array.from(values) },
    epochs: thiefEpochs,
    batch: 128,
    seed: "thief",
  });
  return probabilitiesOf(await answersOf(model, { [INPUT]: probes }));
}

function accuracyOf({ labels }: TestBed, answers: Answers): number {
  return (100 * labelsOf(answers).filter((label, i) => label === labels[i]).length) / answers.rows;
}

function labelled(served: FeaturedAnswers): Float64Array {
  const labels = policies().find(({ name }) => name === "labels");
  return labels?.give(served) ?? served.marked;
}

async function outsideOf(
  model: Uint8Array,
  rows: { readonly window: Tensor; readonly foreign: Tensor; readonly honest: Tensor },
): Promise<Outside> {
  const watched = await watchModel(model, INPUT);
  try {
    const window = await fitWindow(await watched.observe(rows.window), watched.classes, 1);
    const outside = async (inputs: Tensor): Promise<Uint8Array> =>
      sketchRows(window, await watched.observe(inputs)).outside;
    return { foreign: await outside(rows.foreign), honest: await outside(rows.honest) };
  } finally {
    await watched.close();
  }
}

function rowsOf(
  bench: string,
  name: string,
  measured: Measured & { readonly lost: number },
  goals: Partial<Record<keyof typeof METRICS, string>>,
): Row[] {
  const units: Partial<Record<keyof typeof METRICS, string>> = { labels: "%", accuracy: "%", lost: "points" };
  return (["labels", "variation", "accuracy", "lost", "answers", "model"] as const).map((key) => {
    const goal = goals[key];
    const unit = units[key];
    return row({
      bench,
      case: `${POLICY_CASE}${name}`,
      metric: METRICS[key],
      value: measured[key],
      ...(unit === undefined ? {} : { unit }),
      ...(goal === undefined ? {} : { goal }),
    });
  });
}
