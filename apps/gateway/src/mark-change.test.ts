import { describe, expect, it } from "vitest";
import { type MarkChange, tellMarkChange } from "./mark-change.js";

const CHANGE: MarkChange = { rows: 2000, customers: 4, changed: 0, upper: 0.0022, variation: 0.01 };

describe("what is said of the strength of customers' marks", () => {
  it("is what it changes", () => {
    expect(tellMarkChange(0.1, CHANGE)).toBe(
      "strength 0.1 changes 0.00 % of 2000 labels (95 % upper bound 0.22 %, the most of 4 customers) " +
        "and answers by a mean total variation of 0.0100",
    );
  });

  it("warns above the label budget, and where rows are too few to tell", () => {
    expect(tellMarkChange(0.2, { ...CHANGE, changed: 30, upper: 0.02 })).toMatch(
      /WARNING: .* smaller strength/,
    );
    expect(tellMarkChange(0.2, { ...CHANGE, rows: 100, upper: 0.04 })).toMatch(/WARNING: .* give more/);
  });
});
