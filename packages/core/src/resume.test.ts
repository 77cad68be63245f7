import { countingRecorder, fakeSuspect } from "@indicia/testkit/fake-suspect";
import { expect, test } from "vitest";
import { type PastExchange, resumedSuspect, rowsSpent } from "./resume.js";

const body = new TextEncoder().encode('{"label":1}');
const answered = (intent: number, probe: number): PastExchange => ({
  intent,
  request: { probes: [probe] },
  outcome: { kind: "answer", answer: { status: 200, headers: {}, body } },
});
const refused = (intent: number, probe: number): PastExchange => ({
  intent,
  request: { probes: [probe] },
  outcome: { kind: "answer", answer: { status: 429, headers: {}, body: new Uint8Array(0) } },
});
const inputs = { x: { type: "float32", dims: [3, 1], data: Float32Array.of(0, 1, 2) } } as const;

test("what was turned away is asked when it goes on, and nothing else", async () => {
  const suspect = fakeSuspect(() => ({ kind: "label", label: 7 }));
  const past = [answered(1, 0), refused(3, 1), refused(5, 2)];
  const deferred = [{ line: 7, probes: [1] }];
  const resumed = resumedSuspect(suspect, past, deferred);
  const answers = await resumed.query(inputs, [0, 1, 2], countingRecorder());
  expect(suspect.asked).toEqual([1]);
  expect(answers.map((each) => (each.kind === "label" ? each.label : each.kind))).toEqual([1, 7, "lost"]);
  expect(rowsSpent(past, deferred)).toBe(2);
});

test("what was asked after it had been turned away is not asked again", async () => {
  const suspect = fakeSuspect(() => ({ kind: "label", label: 7 }));
  const past = [refused(1, 0), answered(5, 0)];
  const deferred = [{ line: 3, probes: [0] }];
  const resumed = resumedSuspect(suspect, past, deferred);
  await resumed.query(
    { x: { type: "float32", dims: [1, 1], data: Float32Array.of(0) } },
    [0],
    countingRecorder(),
  );
  expect(suspect.asked).toEqual([]);
  expect(rowsSpent(past, deferred)).toBe(1);
});
