import { rmSync } from "node:fs";
import { decoySeed } from "@indicia/proof/decoys";
import { readoutEvaluator } from "@indicia/proof/evaluate";
import { innocentSuspect } from "@indicia/testkit/innocent";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { residualValues } from "@indicia/evidence/conclusion-witnesses";
import { nodeKeystream } from "./keystream-node.js";
import type { SealedObservation } from "./observation.js";
import { type Claim, claimOf, labelOf, observed, servedSuspect } from "./test-support/claim.js";
import { nullLaw } from "./test-support/null-law.js";

const KEYS = 3000;

let claim: Claim;
beforeAll(async () => {
  claim = await claimOf({ features: 48, classes: 12, readout: 0.3 });
});
afterAll(() => rmSync(claim.folder, { recursive: true }));

/** T of every residual at the last look, under one seed after another. */
function statistics(observation: SealedObservation, seeds: Iterable<Uint8Array>): Float64Array[] {
  const residuals = observation.file.looks.at(-1)?.residuals ?? [];
  const evaluators = residuals.map((residual) => {
    if (residual.carrier.scheme !== "readout/1") throw new TypeError("answers carry the read-out mark");
    return readoutEvaluator(residual.carrier, [residualValues(observation.files, residual)], nodeKeystream);
  });
  const all = [...seeds];
  return evaluators.map((evaluate) => Float64Array.from(all, (seed) => evaluate(seed)[0] ?? Number.NaN));
}

function* wrongSeeds(): Generator<Uint8Array> {
  const seal = new Uint8Array(32).fill(17);
  for (let i = 0; i < KEYS; i++) yield decoySeed(seal, i);
}

describe.each([
  ["a stolen copy's probabilities", () => servedSuspect(claim.marked)],
  ["a stolen copy's labels", () => servedSuspect(claim.marked, labelOf)],
  ["an innocent's probabilities", async () => innocentSuspect({ seed: 3, classes: 12, features: 12 })],
] as const)("under wrong keys, %s", (_, open) => {
  it("T has mean 0 and variance 1, and exceeds no level more often than the bound allows", async () => {
    const suspect = await open();
    const observation = await observed(claim, suspect, { budget: 150 });
    await suspect.close();
    const found = statistics(observation, wrongSeeds());
    expect(found.length).toBeGreaterThan(1);
    for (const values of found) {
      const { mean, variance, exceeded } = nullLaw(values);
      expect(Math.abs(mean)).toBeLessThan(4.5);
      expect(Math.abs(variance)).toBeLessThan(4.5);
      expect(exceeded).toEqual([]);
    }
  });
});

it("under the right key the same residuals are far outside", async () => {
  const suspect = await servedSuspect(claim.marked);
  const observation = await observed(claim, suspect, { budget: 150 });
  await suspect.close();
  expect(Math.max(...statistics(observation, [claim.seed]).flatMap((values) => [...values]))).toBeGreaterThan(
    8,
  );
});
