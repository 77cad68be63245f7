import { describe, expect, it } from "vitest";
import { type GradientCase, gradientError } from "../test-support/check-gradient.js";
import { ELEMENTWISE_CASES } from "../test-support/elementwise-cases.js";
import { MOVES_CASES } from "../test-support/moves-cases.js";
import { NETWORK_CASES } from "../test-support/network-cases.js";
import { CONSTANT, RULES } from "./index.js";

const CASES: Readonly<Record<string, readonly GradientCase[]>> = {
  ...ELEMENTWISE_CASES,
  ...MOVES_CASES,
  ...NETWORK_CASES,
};

describe("the table", () => {
  it("has a case for every operator", () => {
    expect(Object.keys(CASES).sort()).toEqual(Object.keys(RULES).sort());
  });

  it("holds no operator that has no gradient", () => {
    expect(Object.keys(RULES).filter((op) => CONSTANT.has(op))).toEqual([]);
  });
});

describe.each(Object.entries(CASES))("%s", (_, cases) => {
  it.each(cases)("$name: is what central differences are", async (test) => {
    expect(await gradientError(test, false)).toBeLessThan(1);
  });

  const open = cases.filter(({ closed }) => closed !== true);
  it.each(open)("$name: needs no sizes beforehand", async (test) => {
    expect(await gradientError(test, true)).toBeLessThan(1);
  });
});
