import { describe, expect, it } from "vitest";
import { makeRow } from "../row.js";
import { curveFigure, matrixPage } from "./pages.js";

const facts = { bench: "weights", seed: 7, commit: "c", node: "v20" };
const rows = [
  makeRow(facts, { case: "m", metric: "strength", value: 0.005, seconds: 0 }),
  makeRow(facts, {
    case: "m: prune 50 %",
    metric: "log10PIdeal",
    value: -45_968.2,
    goal: "<= -100",
    seconds: 0,
  }),
  makeRow(facts, { case: "m: rotate", metric: "log10PIdeal", value: -12, goal: "<= -100", seconds: 0 }),
  makeRow(facts, { case: "m: rotate", metric: "log10PIdeal without alignment", value: -0.2, seconds: 0 }),
  makeRow(facts, { case: "real at 0.5 %", metric: "labels changed by the mark", value: 0.002, seconds: 0 }),
  makeRow(facts, { case: "real at 0.5 %", metric: "log10PIdeal, int8", value: -1000, seconds: 0 }),
  makeRow(facts, { case: "real at 1.0 %", metric: "log10PIdeal, int8", value: -4000, seconds: 0 }),
];

describe("the matrix", () => {
  it("has a cell for each attack on each model, and says which goals were missed", () => {
    const page = matrixPage(rows);
    expect(page).toContain("| attack | m, 0.5 % |");
    expect(page).toContain("| prune 50 % | -46,000 |");
    expect(page).toContain("| rotate | -12 (0) **missed** |");
  });
});

describe("the curve", () => {
  it("is a figure with a line for each attack and the change of labels", () => {
    const figure = curveFigure(rows);
    expect(figure).toMatch(/^<svg /);
    expect(figure.match(/<polyline/g)).toHaveLength(1);
    expect(figure).toContain("0.20 %");
    expect(figure).not.toContain("NaN");
  });
});
