import type { ObservationFile } from "@indicia/evidence/observation-format";
import type { RegistrationFile } from "@indicia/evidence/registration-format";
import { float64Bytes } from "@indicia/evidence/numbers";
import { describe, expect, it } from "vitest";
import { unpaidChoices } from "./unpaid-choices.js";

const PROBES = 40;
const CLASSES = 4;
const logits = Float64Array.from({ length: PROBES * CLASSES }, (_, i) => Math.sin(1 + i * i));
const settled = { classes: CLASSES, named: CLASSES, unsettled: 0 };
const files = new Map([
  ["reference.f64", float64Bytes(logits)],
  ["answers.f64", float64Bytes(logits.map((z) => z + 1))],
]);
const readout = { classes: CLASSES, tail: "softmax" } as RegistrationFile["readout"];

function observation(
  classOrder: ObservationFile["looks"][number]["classOrder"],
  more: Partial<ObservationFile> = {},
): ObservationFile {
  return {
    access: "logits",
    pricing: 2,
    probes: { asked: PROBES, lost: 0 },
    looks: [{ probes: PROBES, lost: 0, residuals: [], ...(classOrder === undefined ? {} : { classOrder }) }],
    ...more,
  } as ObservationFile;
}

describe("choices of whoever asked", () => {
  it("are paid for where what is stated of them is what the answers say", () => {
    expect(unpaidChoices(observation(settled), readout, { ordered: true, files })).toEqual([]);
    expect(unpaidChoices(observation(undefined), readout, { ordered: false, files })).toEqual([]);
  });

  it.each([
    ["left out", undefined, true],
    ["made smaller", { ...settled, named: 3 }, true],
    ["stated where there was nothing to order", settled, false],
  ] as const)("are not believed where they are %s", (_, stated, ordered) => {
    expect(() => unpaidChoices(observation(stated), readout, { ordered, files })).toThrow(
      expect.objectContaining({ code: "OBSERVATION_INVALID" }),
    );
  });

  it("are named where an observation of before does not pay for them", () => {
    const before = (lost: number, ordered: boolean): string[] => {
      const probes = { asked: PROBES, lost } as ObservationFile["probes"];
      const { pricing: _, ...rest } = observation(undefined, { probes });
      return unpaidChoices(rest, readout, { ordered, files });
    };
    expect(before(0, false)).toEqual([]);
    expect(before(2, false)).toEqual(["how many probes are unanswered"]);
    expect(before(2, true)).toEqual(["how many probes are unanswered", "the order of the classes"]);
  });
});
