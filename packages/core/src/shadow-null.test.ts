import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { residualValues } from "@indicia/evidence/conclusion-witnesses";
import { decoySeed } from "@indicia/proof/decoys";
import { readoutEvaluator } from "@indicia/proof/evaluate";
import { disclose } from "@indicia/testkit/innocent";
import { tinyStudent } from "@indicia/testkit/tiny-student";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeKeystream } from "./keystream-node.js";
import type { SealedObservation } from "./observation.js";
import { type Claim, claimOf, observed, servedSuspect, STUDENT } from "./test-support/claim.js";
import { nullLaw } from "./test-support/null-law.js";

const KEYS = 10_000;

let claim: Claim;
let student: string;
beforeAll(async () => {
  claim = await claimOf({ features: 24, classes: 8, readout: 0.3, shadows: 3 });
  student = path.join(claim.folder, "student.onnx");
  writeFileSync(student, tinyStudent(readFileSync(claim.marked), { seed: 77, ...STUDENT }));
});
afterAll(() => rmSync(claim.folder, { recursive: true }));

/** T of every residual that is relative to shadows, under wrong keys. */
function wrongKeys({ file, files }: SealedObservation): Map<string, Float64Array> {
  const residuals = (file.looks.at(-1)?.residuals ?? []).filter(({ formed }) =>
    formed?.residual.startsWith("shadow-"),
  );
  const [first] = residuals;
  if (first?.carrier.scheme !== "readout/1") throw new TypeError("answers carry the read-out mark");
  const values = residuals.map((residual) => residualValues(files, residual));
  const evaluate = readoutEvaluator(first.carrier, values, nodeKeystream);
  const found = new Map(residuals.map(({ id }) => [id, new Float64Array(KEYS)]));
  const seal = new Uint8Array(32).fill(23);
  for (let i = 0; i < KEYS; i++) {
    const statistics = evaluate(decoySeed(seal, i));
    for (const [j, { id }] of residuals.entries()) found.get(id)?.fill(statistics[j] ?? Number.NaN, i, i + 1);
  }
  return found;
}

describe.each([
  ["probabilities", { kind: "full" }, 2],
  ["rounded probabilities", { kind: "rounded", decimals: 2 }, 2],
  ["top-k answers", { kind: "top-k", k: 3 }, 2],
  ["labels", { kind: "labels" }, 2],
] as const)("under ten thousand wrong keys, a student's %s", (_, disclosure, residuals) => {
  it("T has mean 0 and variance 1, and exceeds no level more often than the bound allows", async () => {
    const suspect = await servedSuspect(student, (values) => disclose(values, disclosure));
    const observation = await observed(claim, suspect, { budget: 300, order: "shadows" });
    await suspect.close();
    const found = wrongKeys(observation);
    expect(found.size).toBe(residuals);
    for (const values of found.values()) {
      const { mean, variance, exceeded } = nullLaw(values);
      expect(Math.abs(mean)).toBeLessThan(4.5);
      expect(Math.abs(variance)).toBeLessThan(4.5);
      expect(exceeded).toEqual([]);
    }
  });
});
