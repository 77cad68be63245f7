import { createHmac } from "node:crypto";
import { gatherRows, sliceRows, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { lnBinomialUpperTail } from "@indicia/proof/binomial";
import type { Baseline, BaselineKey, Budget, Check, Guarded, Owner, Pool } from "./baseline.js";
import { checkedAnswers, labelsOf } from "./labels.js";

/** Inputs that agree to this part of a unit are one query: the 8 bits of an image. */
const STEPS_PER_UNIT = 255;

/**
 * DAWN: a keyed hash of the query decides whether its label is changed, and to which of the wrong ones;
 * where whole vectors are served the two probabilities change places. The changed queries of a customer are the
 * trigger set, and a suspect is asked for them (all in section 4). Without the key each answer hits with chance at most
 * 1 / (m - 1), so that matches are binomial. As many labels are changed as the budget's accuracy admits.
 */
export const DAWN: Baseline = {
  name: "DAWN",
  paper:
    "Szyller, Atli, Marchal, Asokan: DAWN: Dynamic Adversarial Watermarking of Neural Networks, ACM MM 2021",
  changes: "answers",
  keyed: true,
  protect,
};

async function protect(owner: Owner, key: BaselineKey, budget: Budget): Promise<Guarded> {
  const rate = await affordableRate(owner, budget);
  return {
    model: owner.model,
    answer: async (rows) => swapped(rows, await owner.ask(rows), key, rate),
    check: (pool) => check(owner, key, rate, pool),
  };
}

/** A changed label costs the accuracy, and gains where it happens to be the right one. */
async function affordableRate({ ask, classes, calibration }: Owner, budget: Budget): Promise<number> {
  const { inputs, labels } = calibration;
  const said = labelsOf(await ask(inputs));
  const accuracy = labels.filter((label, i) => label === said[i]).length / labels.length;
  const loss = accuracy - (1 - accuracy) / (classes - 1);
  return Math.min(budget.labelsChanged, loss > 0 ? budget.accuracyCost / loss : 1);
}

/** What becomes of a label: the same, or another one. */
function servedLabel(key: BaselineKey, row: Tensor, label: number, classes: number, rate: number): number {
  const pixels = Int32Array.from(toFloat64(row), (value) => Math.round(value * STEPS_PER_UNIT));
  const digest = createHmac("sha256", `dawn/${key}`).update(new Uint8Array(pixels.buffer)).digest();
  if (digest.readUInt32LE(0) / 2 ** 32 >= rate) return label;
  const step = 1 + Math.floor((digest.readUInt32LE(4) / 2 ** 32) * (classes - 1));
  return (label + step) % classes;
}

/** The labels served for rows, [n]. */
function servedLabels(rows: Tensor, plain: Tensor, key: BaselineKey, rate: number): Int32Array {
  const [, classes = 1] = plain.dims;
  return labelsOf(plain).map((label, i) => servedLabel(key, sliceRows(rows, i, i + 1), label, classes, rate));
}

function swapped(rows: Tensor, plain: Tensor, key: BaselineKey, rate: number): Tensor {
  const [, classes = 1] = plain.dims;
  const data = toFloat64(plain);
  const served = servedLabels(rows, plain, key, rate);
  for (const [i, label] of labelsOf(plain).entries()) {
    const [from, to] = [i * classes + label, i * classes + (served[i] ?? label)];
    [data[from], data[to]] = [data[to] ?? 0, data[from] ?? 0];
  }
  return { type: "float64", dims: plain.dims, data };
}

async function check(owner: Owner, key: BaselineKey, rate: number, pool: Pool): Promise<Check> {
  const plain = await owner.ask(pool.asked);
  const [before, served] = [labelsOf(plain), servedLabels(pool.asked, plain, key, rate)];
  const changed = [...served.keys()].filter((row) => served[row] !== before[row]).slice(0, pool.most);
  const targets = changed.map((row) => served[row]);
  return {
    inputs: gatherRows(pool.asked, changed),
    judge: async (answers) => {
      checkedAnswers(answers, changed.length, owner.classes);
      const matches = labelsOf(answers).filter((label, i) => label === targets[i]).length;
      return {
        score: changed.length === 0 ? 0 : matches / changed.length,
        lnP: lnBinomialUpperTail(matches, changed.length, 1 / (owner.classes - 1)),
        how: "binomial",
        queries: changed.length,
      };
    },
  };
}
