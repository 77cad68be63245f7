import { describe, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import { sha256Hex } from "./canonical.js";
import type { ObservationFile } from "./observation-format.js";
import { float64Bytes, float64Values, int16Bytes, int32Bytes } from "./numbers.js";
import { makeSample, type SampleChanges } from "./test-support/sample-bundle.js";
import { verifyBundle, type VerifyReport } from "./verify.js";

const SAMPLE = makeSample({ shadowed: true });
const FILES = readBundle(SAMPLE.bundle).files;
const honest = JSON.parse(
  new TextDecoder().decode(FILES.get("observation/observation.json")),
) as ObservationFile;

const failures = ({ checks }: VerifyReport): (string | undefined)[] =>
  checks.filter(({ status }) => status === "failed").map(({ code }) => code);

/** Another file in the place of one, sealed as if it had been there from the start. */
function resealed(name: string, bytes: Uint8Array): SampleChanges {
  return {
    shadowed: true,
    observation: { files: { ...honest.files, [name]: sha256Hex(bytes) } },
    files: (files) => files.set(`observation/${name}`, bytes),
  };
}

/** A sealed file that is gone as if it had never been. */
function without(name: string): SampleChanges {
  const { [name]: _, ...files } = honest.files;
  return {
    shadowed: true,
    observation: { files },
    files: (all) => all.delete(`observation/${name}`),
  };
}

function probes(change: Partial<NonNullable<ObservationFile["probes"]>>): SampleChanges {
  const stated = honest.probes;
  if (stated === null) throw new TypeError("the sample has probes");
  return { shadowed: true, observation: { probes: { ...stated, ...change } } };
}

describe("an observation with shadow models", () => {
  it("verifies, residuals beyond the shadows and every shadow as a control", () => {
    const report = verifyBundle(SAMPLE.bundle, { disclosure: SAMPLE.disclosure });
    expect(failures(report)).toEqual([]);
    expect(report.verified).toBe(true);
    // Two ways to look at the suspect, and at each of two shadows.
    expect(report.checks.find(({ name }) => name === "residuals")?.detail).toMatch(/^6 residuals /);
    expect(report.contents.conclusion?.controls.shadows).toBe("inconclusive");
    const statistics = report.contents.conclusion?.witnesses.map(({ statistic }) => statistic);
    expect(statistics?.toSorted()).toEqual(["shadow-score, raw", "shadow-score-fitted, raw"]);
  });

  it("pays for every residual that is relative to shadows", () => {
    const factor = (bundle: Uint8Array): number | null | undefined =>
      verifyBundle(bundle).contents.conclusion?.witnesses[0]?.corrections.find(
        ({ name }) => name === "statistics tried",
      )?.factor;
    expect([factor(makeSample().bundle), factor(SAMPLE.bundle)]).toEqual([5, 2]);
  });

  const logits = float64Values(FILES.get("observation/shadows.f64") ?? new Uint8Array(0));
  const forged = int16Bytes(Int16Array.of(30_000, -30_000, 30_000, -30_000, 30_000, -30_000));
  const plain = makeSample();
  const bare = JSON.parse(
    new TextDecoder().decode(readBundle(plain.bundle).files.get("observation/observation.json")),
  ) as ObservationFile;
  const cases: readonly (readonly [string, SampleChanges, string])[] = [
    ["no logits of the shadows", without("shadows.f64"), "OBSERVATION_STRUCTURE"],
    ["no labels that chose the probes", without("choice.i32"), "OBSERVATION_STRUCTURE"],
    [
      "logits of the shadows that are cut",
      resealed("shadows.f64", float64Bytes(logits.slice(1))),
      "RESIDUAL_DIFFERS",
    ],
    [
      "other logits of a shadow",
      resealed("shadows.f64", float64Bytes(logits.with(3, 4))),
      "RESIDUAL_DIFFERS",
    ],
    [
      "a residual that does not follow from the shadows",
      resealed("look-6-shadow-score-raw.i16", forged),
      "RESIDUAL_DIFFERS",
    ],
    [
      "a shadow's own residual that does not follow",
      resealed("control-shadow-2-shadow-score-raw.i16", forged),
      "RESIDUAL_DIFFERS",
    ],
    [
      "other labels of the learning probes",
      resealed("choice.i32", int32Bytes(Int32Array.of(0, 1, 2, 0, 1, -1))),
      "RESIDUAL_DIFFERS",
    ],
    [
      "probes that what was learnt does not call for",
      probes({ rule: "most-uncertain" }),
      "OBSERVATION_STRUCTURE",
    ],
    ["a look at another size than was planned", probes({ planned: 7 }), "OBSERVATION_STRUCTURE"],
    ["no word on how the probes were chosen", probes({ choice: undefined }), "OBSERVATION_STRUCTURE"],
    [
      "a shadow left out of the controls",
      { shadowed: true, observation: { controls: honest.controls.slice(0, -1) } },
      "OBSERVATION_STRUCTURE",
    ],
    [
      "a shadow under another kind",
      {
        shadowed: true,
        observation: {
          controls: honest.controls.map((each) =>
            each.kind === "shadow" ? { ...each, kind: "innocent" } : each,
          ),
        },
      },
      "OBSERVATION_STRUCTURE",
    ],
    [
      "a residual less than is to be tried",
      {
        shadowed: true,
        observation: {
          looks: honest.looks.map((look) => ({ ...look, residuals: look.residuals.slice(1) })),
          controls: honest.controls.map((each) => ({ ...each, residuals: each.residuals.slice(1) })),
        },
      },
      "RESIDUAL_DIFFERS",
    ],
    [
      "shadows where none are registered",
      {
        shadowed: true,
        registration: {
          shadows: [],
          parameters: { shaping: "shaping/1", probes: "probes/1", decoyKeys: 200, level: 1e-6 },
        },
      },
      "OBSERVATION_STRUCTURE",
    ],
    [
      "logits of shadows that are not registered",
      {
        observation: { files: { ...bare.files, "shadows.f64": honest.files["shadows.f64"] ?? "" } },
        files: (files) => files.set("observation/shadows.f64", float64Bytes(logits)),
      },
      "OBSERVATION_STRUCTURE",
    ],
    [
      "shadows under the rules without shadows",
      { registration: { shadows: ["11".repeat(32), "22".repeat(32)] } },
      "REGISTRATION_MALFORMED",
    ],
    [
      "a single shadow",
      { shadowed: true, registration: { shadows: ["11".repeat(32)] } },
      "REGISTRATION_MALFORMED",
    ],
  ];
  it.each(cases)("fails with %s", (_, changes, code) => {
    const report = verifyBundle(makeSample(changes).bundle);
    expect(report.verified).toBe(false);
    expect(failures(report)).toContain(code);
  });
});
