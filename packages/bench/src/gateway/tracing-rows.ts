import { writeFile } from "node:fs/promises";
import path from "node:path";
import { sliceRows } from "@indicia/onnx/tensor";
import { agreement, type Answers, answersOf, labelsOf } from "@indicia/autodiff/evaluate";
import type { BenchOptions } from "../bench.js";
import { INPUT } from "../extraction/data.js";
import { type FashionData, loadFashion, loadMnist } from "../extraction/fashion.js";
import { withSoftmax } from "../extraction/with-softmax.js";
import { type Row, row } from "../row.js";
import { CUSTOMERS, customerId, startTraced, type Traced, type TracedGateway } from "./traced-gateway.js";
import { bystanders, classifier, publicModel, rowsOf, type Suspect, thieves } from "./tracing-suspects.js";

/** The customer who trains on his answers, and honest ones who ask meanwhile. */
const THIEF = customerId(37);
const HONEST: readonly string[] = [5, 21, 64, 88].map(customerId);

interface Extent {
  /** Rows that the owner's model learns from, and epochs of it. */
  readonly training: number;
  readonly epochs: { readonly owner: number; readonly thief: number; readonly innocent: number };
  readonly shadows: number;
  /** Rows that the thief asks, and each honest customer. */
  readonly queries: number;
  readonly honest: number;
  readonly pool: number;
  readonly probes: number;
}
const FULL: Extent = {
  training: 25_000,
  epochs: { owner: 5, thief: 12, innocent: 3 },
  shadows: 4,
  queries: 16_000,
  honest: 300,
  pool: 10_000,
  probes: 5000,
};
const QUICK: Extent = {
  training: 2000,
  epochs: { owner: 2, thief: 2, innocent: 1 },
  shadows: 0,
  queries: 600,
  honest: 20,
  pool: 1000,
  probes: 200,
};

/** Whether the trace names the one customer of many whose logged answers a model was trained on, and nobody else. */
export async function tracingRows(
  bench: string,
  folder: string,
  { quick, say }: BenchOptions,
): Promise<Row[]> {
  const extent = quick ? QUICK : FULL;
  const { training, epochs, queries } = extent;
  const [own, test, digits] = await Promise.all([loadFashion("train"), loadFashion("t10k"), loadMnist()]);
  say("tracing: training the owner's model");
  const owners = rowsOf(own, 0, training);
  const model = withSoftmax(
    await classifier(owners, { architecture: "strided-wide", epochs: epochs.owner, seed: "traced" }),
  );
  say(`tracing: registering it and ${CUSTOMERS} customers`);
  const asked = rowsOf(own, 30_000, 30_000 + queries);
  const other = rowsOf(own, 50_000, 50_000 + Math.min(5000, queries));
  // The command line registers in a process of its own.
  const [gateway, innocents, known] = await Promise.all([
    startTraced(folder, {
      model,
      calibration: sliceRows(own.images, 25_000, 25_000 + Math.min(5000, training)),
      pool: sliceRows(test.images, 0, extent.pool),
      shadowing: owners.images,
      shadows: extent.shadows,
      asking: [THIEF, ...HONEST],
    }),
    bystanders({ model, asked, other, epochs }),
    publicModel(digits, epochs.innocent),
  ]);
  say(`tracing: ${queries} answers to ${THIEF}, ${extent.honest} to each of ${HONEST.length} others`);
  const answers = await answersToAll(gateway, asked, own, extent);
  const kept = agreement(labelsOf(answers), labelsOf(await answersOf(model, { [INPUT]: asked.images })));
  const of = { bench, case: `tracing among ${CUSTOMERS} customers` };
  const rows: Row[] = [
    row({ ...of, metric: "labels that the marks changed", value: 100 * (1 - kept), unit: "%" }),
  ];
  const trace = async ({ name, model: found }: Suspect): Promise<Traced> => {
    say(`tracing: ${name}`);
    const file = path.join(folder, `${name.replaceAll(" ", "-")}.onnx`);
    await writeFile(file, withSoftmax(found));
    return gateway.trace(file, extent.probes);
  };
  let wrongly = 0;
  for await (const thief of thieves({
    inputs: asked.images,
    answers,
    known,
    epochs: epochs.thief,
  })) {
    const traced = await trace(thief);
    wrongly += traced.named.filter((id) => id !== THIEF).length;
    rows.push(...namedRows(bench, thief.name, traced));
  }
  for (const innocent of innocents) wrongly += (await trace(innocent)).named.length;
  return [
    ...rows,
    row({
      ...of,
      metric: `customers named wrongly, for two thieves and ${innocents.length} others`,
      value: wrongly,
      goal: "== 0",
    }),
  ];
}

/** The thief's answers; honest customers ask at the same time, and then the gateway ends. */
async function answersToAll(
  gateway: TracedGateway,
  asked: FashionData,
  own: FashionData,
  { honest }: Extent,
): Promise<Answers> {
  try {
    const [answers] = await Promise.all([
      gateway.ask(THIEF, asked.images),
      ...HONEST.map((customer, i) =>
        gateway.ask(customer, sliceRows(own.images, 55_000 + i * honest, 55_000 + (i + 1) * honest)),
      ),
    ]);
    return answers;
  } finally {
    await gateway.stop();
  }
}

function namedRows(bench: string, name: string, traced: Traced): Row[] {
  const found = traced.customers.find(({ customer }) => customer === THIEF);
  const of = { bench, case: `tracing among ${CUSTOMERS} customers, ${name}` };
  return [
    row({
      ...of,
      metric: "corrected log10 p of the thief's account",
      value: found?.log10P ?? 0,
      goal: "<= -6",
    }),
    row({ ...of, metric: "T", value: found?.witnesses[0]?.T ?? 0 }),
    row({ ...of, metric: "his account named", value: traced.named.includes(THIEF) ? 1 : 0, goal: "== 1" }),
  ];
}
