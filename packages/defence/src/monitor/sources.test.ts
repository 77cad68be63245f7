import { randomNumbers } from "@indicia/data/random-numbers";
import { expect, it } from "vitest";
import { CLASSES } from "../test-support/clouds.js";
import { EACH, fromSources } from "../test-support/from-sources.js";
import { calibrate, type CalibrateOptions } from "./calibrate.js";
import { predictionBound } from "./quantiles.js";
import { partsOf, rowsOfAccount } from "./unseen-rows.js";

const OPTIONS: CalibrateOptions = { classes: CLASSES, horizon: 200, level: 0.05 };

it("shows every source once to a window that has not seen it, in parts of about one size", async () => {
  const { rows, sources } = fromSources(30, "parts");
  const { window, unseen } = await partsOf(rows, { classes: CLASSES, sources, seed: 1 });
  expect(window.classes).toBe(CLASSES);
  const shown = unseen.flatMap((part) => (part.sources ?? []).flat());
  expect(shown.sort((x, y) => x - y)).toEqual([...sources.keys()]);
  for (const part of unseen) {
    const own = new Set((part.sources ?? []).flat());
    expect(own.size).toBe(6 * EACH);
    expect(part.seen.some((row) => own.has(row))).toBe(false);
    const asked = rowsOfAccount(part, randomNumbers("account"));
    // Half of the sources that are new, whole, and known rows beside them.
    expect([...asked].filter((row) => own.has(row)).length % EACH).toBe(0);
    expect([...asked].filter((row) => own.has(row)).length).toBe(3 * EACH);
  }
});

it("refuses sources that are too few to say how they differ", async () => {
  const few = fromSources(8, "few");
  await expect(calibrate(few.rows, { ...OPTIONS, sources: few.sources })).rejects.toMatchObject({
    code: "ROWS_TOO_FEW",
  });
});

it("bounds the next of some values as often as it says", () => {
  const numbers = randomNumbers("prediction");
  const draw = (): number => Math.exp(1 + 0.4 * numbers.normal());
  const trials = 4000;
  let beyond = 0;
  for (let i = 0; i < trials; i++)
    if (draw() > predictionBound(Array.from({ length: 8 }, draw), 0.05)) beyond++;
  expect(beyond / trials).toBeGreaterThan(0.035);
  expect(beyond / trials).toBeLessThan(0.065);
});
