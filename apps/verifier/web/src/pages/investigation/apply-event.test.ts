import { expect, test } from "vitest";
import type { Investigation, Look } from "../../../../src/shapes/investigations.js";
import { applyEvent } from "./apply-event.js";

const look = (probes: number, T: number): Look => ({
  time: "",
  probes,
  lost: 0,
  T,
  log10P: -T,
  log10PIdeal: -T,
});
const RUNNING: Investigation = {
  id: "i",
  name: "",
  model: "m",
  suspect: "s",
  probeSet: null,
  order: "auto",
  budget: 10,
  level: 1e-6,
  rate: 1,
  perDay: null,
  earlyStop: true,
  state: "running",
  reason: null,
  resumeAt: null,
  created: "",
  started: "",
  finished: null,
  step: null,
  asked: 0,
  lost: 0,
  looks: [look(64, 1)],
  verdict: null,
  log10P: null,
  evidence: null,
};

test("events that come twice or late change nothing twice", () => {
  const events = [
    { kind: "look", look: look(256, 3) },
    { kind: "look", look: look(128, 2) },
    { kind: "look", look: look(256, 3) },
    { kind: "progress", step: { stage: "asking", done: 7, total: 10 }, asked: 7, lost: 1 },
  ] as const;
  const after = [...events, ...events].reduce(applyEvent, RUNNING);
  expect(after.looks.map(({ probes }) => probes)).toEqual([64, 128, 256]);
  expect(after).toMatchObject({ asked: 7, lost: 1, step: { done: 7 } });
  const concluded: Investigation = { ...RUNNING, state: "concluded" };
  expect(applyEvent(after, { kind: "state", investigation: concluded })).toBe(concluded);
});
