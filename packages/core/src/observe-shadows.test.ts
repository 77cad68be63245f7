import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { float64Values, int16Values, int32Values } from "@indicia/evidence/numbers";
import { innocentSuspect } from "@indicia/testkit/innocent";
import { tinyStudent } from "@indicia/testkit/tiny-student";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EndpointRequest } from "./observe-endpoint.js";
import type { SealedObservation } from "./observation.js";
import type { BlackBoxSuspect } from "./suspect.js";
import {
  type Claim,
  claimOf,
  concluded,
  labelOf,
  memoryTranscript,
  observed,
  servedSuspect,
  STUDENT,
} from "./test-support/claim.js";

const SHADOWS = 3;
let claim: Claim;
beforeAll(async () => {
  claim = await claimOf({ features: 48, classes: 12, readout: 0.3, shadows: SHADOWS });
});
afterAll(() => rmSync(claim.folder, { recursive: true }));

/** A student that none of the shadows is. */
function studentOf(model: string): string {
  const file = path.join(claim.folder, "student.onnx");
  writeFileSync(file, tinyStudent(readFileSync(model), { seed: 77, ...STUDENT }));
  return file;
}

async function looked(
  opening: Promise<BlackBoxSuspect> | BlackBoxSuspect,
  more: Partial<EndpointRequest> = {},
): Promise<SealedObservation> {
  const suspect = await opening;
  try {
    return await observed(claim, suspect, more);
  } finally {
    await suspect.close();
  }
}

function strongest(observation: SealedObservation, prefix: string): number {
  const { witnesses } = concluded(claim, observation);
  return Math.max(...witnesses.filter(({ statistic }) => statistic.startsWith(prefix)).map(({ T }) => T));
}

describe("a student of the marked model", () => {
  it("is found beyond its shadows, by more than plain residuals show of probes chosen for copies", async () => {
    const observation = await looked(servedSuspect(studentOf(claim.marked)));
    expect(observation.file.probes?.rule).toBe("most-spread");
    const conclusion = concluded(claim, observation);
    expect(conclusion.verdict).toBe("match");
    expect(conclusion.controls.shadows).toBe("inconclusive");
    const beside = await looked(servedSuspect(studentOf(claim.marked)), { order: "uncertain" });
    expect(strongest(observation, "shadow-score")).toBeGreaterThan(1.3 * strongest(beside, "difference"));
  });

  it("is asked where shadows are unsure, not on a boundary that it does not share", async () => {
    const observation = await looked(servedSuspect(studentOf(claim.marked), labelOf));
    expect(observation.file.probes?.rule).toBe("most-spread");
    expect(strongest(observation, "shadow-label")).toBeGreaterThan(3);
  });
});

describe("a copy", () => {
  it("is told from a student by its labels, and asked on the boundary", async () => {
    const observation = await looked(servedSuspect(claim.marked, labelOf));
    expect(observation.file.probes).toMatchObject({ rule: "boundary", choice: { asked: "auto" } });
    expect(observation.file.looks.at(-1)?.residuals.map(({ formed }) => formed?.residual)).toEqual([
      "label",
      "label",
    ]);
    expect(concluded(claim, observation).verdict).toBe("match");
  });

  it("is asked by the rule that was asked for", async () => {
    const rules = { uncertain: "most-uncertain", boundary: "boundary", shadows: "most-spread" } as const;
    for (const order of ["uncertain", "boundary", "shadows"] as const) {
      const { file } = await looked(servedSuspect(claim.marked, labelOf), { order, budget: 100 });
      expect(file.probes).toMatchObject({ rule: rules[order], choice: { asked: order } });
    }
  });
});

describe("what has nothing to do with the key", () => {
  it.each([["probabilities"], ["labels"]])("is inconclusive, %s", async (answers) => {
    const show = answers === "labels" ? labelOf : undefined;
    const innocents = [
      servedSuspect(studentOf(claim.reference), show),
      servedSuspect(claim.reference, show),
      innocentSuspect({
        seed: 5,
        classes: 12,
        features: 12,
        disclosure: { kind: answers === "labels" ? "labels" : "full" },
      }),
    ];
    for (const suspect of innocents) {
      const conclusion = concluded(claim, await looked(suspect));
      expect(conclusion.verdict).toBe("inconclusive");
      expect(conclusion.log10P).toBeGreaterThan(-4);
    }
  });
});

describe("outputs with a sigmoid each", () => {
  it.each([1, 6])("of %i classes are compared with shadows, probabilities and labels", async (classes) => {
    const sigmoid = await claimOf({ features: 32, classes, link: "sigmoid", readout: 0.3, shadows: 2 });
    const byHalf = (values: Float64Array): ReturnType<typeof labelOf> =>
      classes === 1 ? { kind: "label", label: (values[0] ?? 0) > 0.5 ? 1 : 0 } : labelOf(values);
    for (const show of [undefined, byHalf]) {
      const suspect = await servedSuspect(sigmoid.marked, show);
      const observation = await observed(sigmoid, suspect, { order: "shadows", budget: 120 });
      await suspect.close();
      const residuals = observation.file.looks.at(-1)?.residuals ?? [];
      const beyond = residuals.filter(({ formed }) => formed?.residual.startsWith("shadow-"));
      expect(beyond.length).toBe(2);
      for (const { file } of beyond)
        expect(int16Values(observation.files.get(file) ?? new Uint8Array(0)).some((r) => r !== 0)).toBe(true);
      const { answered = 0, agreeing = 0 } = observation.file.probes?.choice ?? {};
      expect(agreeing).toBeGreaterThanOrEqual(0.9 * Math.max(1, answered));
    }
    rmSync(sigmoid.folder, { recursive: true });
  });
});

describe("what is sealed", () => {
  it("holds each shadow's logits on the probes, each shadow as a control, and the labels that chose the rule", async () => {
    const { file, files } = await looked(servedSuspect(studentOf(claim.marked)), { budget: 120 });
    const asked = file.probes?.asked ?? 0;
    const logits = float64Values(files.get("shadows.f64") ?? new Uint8Array(0));
    expect(logits.length).toBe(SHADOWS * asked * 12);
    expect(file.controls.filter(({ kind }) => kind === "shadow").map(({ name }) => name)).toEqual([
      "shadow-1",
      "shadow-2",
      "shadow-3",
    ]);
    const labels = [...int32Values(files.get("choice.i32") ?? new Uint8Array(0))];
    const [ours, theirs] = [labels.slice(0, labels.length / 2), labels.slice(labels.length / 2)];
    expect(file.probes?.choice).toEqual({
      asked: "auto",
      answered: theirs.length,
      agreeing: theirs.filter((label, i) => label === ours[i]).length,
    });
  });

  it("asks within the budget, and no probe twice but the one that tests repeatability", async () => {
    const transcript = memoryTranscript();
    const { file } = await looked(servedSuspect(claim.marked), { budget: 100, transcript });
    expect(transcript.intents.flat().length).toBe(100);
    expect(new Set(transcript.intents.flat()).size).toBe(100);
    expect((file.probes?.asked ?? 0) + (file.probes?.learning ?? 0)).toBe(100);
  });
});

describe("shadow models that are not as registered", () => {
  it("are not done without", async () => {
    await expect(looked(servedSuspect(claim.marked), { shadows: [] })).rejects.toMatchObject({
      code: "REGISTRATION_INVALID",
    });
  });

  it("are named where they cannot be run", async () => {
    const shadows = claim.shadows.with(1, readFileSync(claim.reference));
    await expect(looked(servedSuspect(claim.marked), { shadows })).rejects.toMatchObject({
      code: "SHADOWS_INVALID",
      message: expect.stringContaining("shadow model 2"),
    });
  });

  it("choose no probes where there are none", async () => {
    const bare = await claimOf({ classes: 5 });
    const suspect = await servedSuspect(bare.marked);
    await expect(observed(bare, suspect, { order: "shadows" })).rejects.toMatchObject({
      code: "PROBES_UNSUITABLE",
    });
    await suspect.close();
    rmSync(bare.folder, { recursive: true });
  });
});
