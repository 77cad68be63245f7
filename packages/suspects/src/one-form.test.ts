import type { Answer } from "@indicia/core/suspect";
import { describe, expect, it } from "vitest";
import { createOneForm } from "./one-form.js";
import { knownAnswers, knownInputs } from "./test-support/known-function.js";
import { openLab, spokenJson, spokenOip } from "./test-support/lab.js";
import { memoryRecorder } from "./test-support/memory-recorder.js";

const vector = (...values: number[]): Answer => ({ kind: "vector", values: Float64Array.from(values) });
const label = (of: number | string): Answer => ({ kind: "label", label: of });
const gone: Answer = { kind: "lost", reason: "gone" };

describe("one form", () => {
  it("is that of the first usable answer", () => {
    const form = createOneForm();
    expect(form.known).toBe(false);
    expect(form.hold([gone])).toEqual([gone]);
    expect(form.known).toBe(false);
    expect(form.hold([gone, vector(1, 2), vector(3, 4, 5), label(1), vector(Number.NaN, 1)])).toEqual([
      gone,
      vector(1, 2),
      { kind: "lost", reason: "the answer is 3 numbers, earlier ones were 2 numbers" },
      { kind: "lost", reason: "the answer is a label, earlier ones were 2 numbers" },
      vector(Number.NaN, 1),
    ]);
    expect(form.known).toBe(true);
  });

  it("may be labels, numbers and names alike", () => {
    const form = createOneForm();
    expect(form.hold([label(1), label("cat"), vector(1)])).toEqual([
      label(1),
      label("cat"),
      { kind: "lost", reason: "the answer is 1 numbers, earlier ones were a label" },
    ]);
  });
});

const PROTOCOLS = [spokenOip(), spokenOip({ binary: true }), spokenJson("vector")];
const probes = (rows: number): number[] => Array.from({ length: rows }, (_, i) => i);

describe.each(PROTOCOLS)("a suspect by $name that changes its form", (spoken) => {
  it("loses what is of another form, and is asked on where it changes back", async () => {
    const lab = await openLab(spoken, {
      meddle: (n) => (n >= 2 && n < 5 ? { compute: () => [1, 2, 3] } : {}),
    });
    const suspect = await lab.open({ concurrency: 1 });
    const step = spoken.maxRows;
    const answers = await suspect.query(knownInputs(8 * step), probes(8 * step), memoryRecorder());
    const lost: Answer = { kind: "lost", reason: "the answer is 3 numbers, earlier ones were 4 numbers" };
    expect(answers).toEqual([
      ...knownAnswers(2 * step),
      ...Array.from({ length: 3 * step }, () => lost),
      ...knownAnswers(3 * step, 5 * step),
    ]);
  });

  it("for good is given up", async () => {
    const lab = await openLab(spoken, { meddle: (n) => (n >= 2 ? { compute: () => [1] } : {}) });
    const suspect = await lab.open({ concurrency: 1 });
    const rows = 30 * spoken.maxRows;
    await expect(suspect.query(knownInputs(rows), probes(rows), memoryRecorder())).rejects.toMatchObject({
      code: "SUSPECT_SILENT",
      message: expect.stringContaining("earlier ones were 4 numbers") as string,
    });
    expect(lab.asked).toHaveLength(10);
  });

  it("has the form of the record where asking goes on after replaying it", async () => {
    const lab = await openLab(spoken, { meddle: (n) => (n === 0 ? { compute: () => [1, 2] } : {}) });
    const recorder = memoryRecorder();
    await (await lab.open()).query(knownInputs(2), probes(2), recorder);
    const [{ answer = expect.unreachable() } = expect.unreachable()] = recorder.queries;
    const later = await lab.open();
    expect(later.replay(answer, 2)).toEqual([vector(1, 2), vector(1, 2)]);
    const answers = await later.query(knownInputs(2), probes(2), memoryRecorder());
    expect(answers.map(({ kind }) => kind)).toEqual(["lost", "lost"]);
  });
});
