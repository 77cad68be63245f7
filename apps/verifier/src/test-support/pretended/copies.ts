import type { ModelCopy } from "../../shapes/models.js";

const MARKED = {
  sha256: "ab".repeat(32),
  bytes: 412_000,
  weights: 0.003,
  rows: 700,
  labelsChanged: 0,
  labelsChangedUpper95: 0.0043,
} as const;

/** Copies of a model, of which one carries no mark in its answers. */
export const COPIES: readonly ModelCopy[] = [
  {
    id: "c2",
    model: "m1",
    name: "Release 2",
    customer: null,
    created: "2026-03-02T10:00:00.000Z",
    state: "ready",
    step: null,
    error: null,
    marked: { ...MARKED, readout: null, notes: ["no read-out mark was placed"] },
  },
  {
    id: "c1",
    model: "m1",
    name: "Release 1",
    customer: null,
    created: "2026-03-01T10:00:00.000Z",
    state: "ready",
    step: null,
    error: null,
    marked: { ...MARKED, readout: 0.2, notes: [] },
  },
];
