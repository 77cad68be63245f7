import { randomNumbers } from "@indicia/data/random-numbers";
import { expect, it } from "vitest";
import { CLASSES } from "../test-support/clouds.js";
import { EACH, fromSources } from "../test-support/from-sources.js";
import { calibrate, type CalibrateOptions } from "./calibrate.js";
import { halfOf, honestAccount } from "./honest.js";
import { createMonitor } from "./monitor.js";
import { sketchRows } from "./sketch.js";

const OPTIONS: CalibrateOptions = { classes: CLASSES, horizon: 200, level: 0.05 };

it("leaves accounts with new sources alone where it knows what sources are, and flags them where it does not", async () => {
  const known = fromSources(30, "known");
  const others = fromSources(30, "new");
  const places = Array.from({ length: 30 }, (_, i) => Array.from({ length: EACH }, (__, j) => i * EACH + j));
  const flagged = await Promise.all(
    [{ ...OPTIONS, sources: known.sources }, OPTIONS].map(async (options) => {
      const calibration = await calibrate(known.rows, options);
      const sketches = sketchRows(calibration.window, others.rows);
      const monitor = createMonitor(calibration);
      return Array.from({ length: 20 }, (_, i) => {
        const numbers = randomNumbers(`account ${i}`);
        // A few sources each.
        const own = halfOf(sketches.rows, places.slice(i, i + 6), numbers);
        const next = honestAccount(sketches, own, calibration.rates, numbers);
        for (let query = 0; query < 200; query++)
          monitor.observe({ account: String(i), sketches, ...next(), query: null });
        return monitor.standing(String(i)).flag === null ? 0 : 1;
      }).reduce<number>((sum, one) => sum + one, 0);
    }),
  );
  expect(flagged[0]).toBeLessThan(5);
  expect(flagged[1]).toBeGreaterThan(10);
});
