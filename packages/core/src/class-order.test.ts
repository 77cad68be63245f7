import { rmSync } from "node:fs";
import { int16Values } from "@indicia/evidence/numbers";
import { measureAnswers } from "@indicia/evidence/measure-answers";
import { readoutEvaluator } from "@indicia/proof/evaluate";
import type { FakeSuspect } from "@indicia/testkit/fake-suspect";
import { innocentSuspect } from "@indicia/testkit/innocent";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeKeystream } from "./keystream-node.js";
import type { SealedObservation } from "./observation.js";
import type { BlackBoxSuspect } from "./suspect.js";
import { type Claim, claimOf, concluded, observed, servedSuspect } from "./test-support/claim.js";
import { sealedTable } from "./test-support/sealed-table.js";

const CLASSES = 20;
const BUDGET = 64;
/** Rounds of exchanging two classes: enough for what is to be shown. */
const ROUNDS = 2;
let claim: Claim;
beforeAll(async () => {
  claim = await claimOf({ features: 48, classes: CLASSES, readout: 0.3 });
});
afterAll(() => rmSync(claim.folder, { recursive: true }));

async function seen(suspect: FakeSuspect, more: Partial<BlackBoxSuspect>): Promise<SealedObservation> {
  const observation = await observed(claim, { ...suspect, ...more }, { budget: BUDGET });
  await suspect.close();
  return observation;
}

/** Class `order[c]` of what the suspect says stands for class c. */
function reordered(values: Float64Array, order: readonly number[]): Float64Array {
  return values.map((_, i) => values[i - (i % CLASSES) + (order[i % CLASSES] ?? 0)] ?? 0);
}

/** The largest T of a sealed observation's answers, were their classes in another order. */
function tried(observation: SealedObservation): (order: readonly number[]) => number {
  const table = sealedTable(claim, observation);
  const { dimensions, classes } = table;
  const evaluate = (values: Int16Array[]): Float64Array =>
    readoutEvaluator({ rows: dimensions, columns: classes }, values, nodeKeystream)(claim.seed);
  return (order) => {
    const values = reordered(table.vectors?.values ?? new Float64Array(0), order);
    const again = measureAnswers(
      { ...table, vectors: { scale: "probabilities", values } },
      table.probes,
      "r",
    );
    const held = again.residuals.map(({ file: name }) =>
      int16Values(again.files.get(name) ?? new Uint8Array(0)),
    );
    return Math.max(...evaluate(held));
  };
}

/** The order that suits the key, class by class. */
function fitted(observation: SealedObservation): readonly number[] {
  const score = tried(observation);
  let best = Array.from({ length: CLASSES }, (_, c) => c);
  let most = score(best);
  for (let round = 0; round < ROUNDS; round++)
    for (let a = 0; a < CLASSES; a++)
      for (let b = 0; b < a; b++) {
        const order = best.map((c, at) => (at === a ? (best[b] ?? c) : at === b ? (best[a] ?? c) : c));
        const T = score(order);
        if (T <= most) continue;
        [best, most] = [order, T];
      }
  return best;
}

const ORDER = "order of the classes";

describe("the order in which whoever asks puts the classes", () => {
  it("costs a copy next to nothing, and is sealed at each look", async () => {
    const plain = concluded(claim, await seen(await servedSuspect(claim.marked), {}));
    const observation = await seen(await servedSuspect(claim.marked), { ordersClasses: true });
    for (const { classOrder } of observation.file.looks)
      expect(classOrder).toEqual({ classes: CLASSES, named: CLASSES, unsettled: 0 });
    const ordered = concluded(claim, observation);
    const paid = ordered.witnesses[0]?.corrections.find(({ name }) => name === ORDER);
    expect(paid?.lnFactor).toBeCloseTo(Math.LN2, 12);
    expect(ordered.log10PIdeal).toBeCloseTo(plain.log10PIdeal + Math.log10(2), 9);
    expect(ordered.verdict).toBe("match");
  });

  it("makes no match of an innocent, for whom it was fitted to the key", async () => {
    const innocent = (): FakeSuspect => innocentSuspect({ seed: 5, classes: CLASSES, features: 12 });
    const order = fitted(await seen(innocent(), {}));
    const asked = innocent();
    const query: BlackBoxSuspect["query"] = async (inputs, probes, recorder) =>
      (await asked.query(inputs, probes, recorder)).map((answer) =>
        answer.kind === "vector" ? { kind: "vector", values: reordered(answer.values, order) } : answer,
      );
    expect(concluded(claim, await seen(innocent(), { query })).verdict).toBe("match");
    const observation = await seen(innocent(), { query, ordersClasses: true });
    expect(observation.file.looks[0]?.classOrder?.unsettled).toBeGreaterThan(CLASSES / 2);
    expect(concluded(claim, observation)).toMatchObject({ verdict: "inconclusive", log10PIdeal: 0 });
  });
});
