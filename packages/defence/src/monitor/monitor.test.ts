import { randomNumbers } from "@indicia/data/random-numbers";
import { beforeAll, describe, expect, it } from "vitest";
import { clouds, CLASSES } from "../test-support/clouds.js";
import { calibrate } from "./calibrate.js";
import { type Calibration, honestShare, suspicionOf } from "./calibration.js";
import { decodeCalibration, encodeCalibration } from "./calibration-file.js";
import { honestAccount } from "./honest.js";
import { createMonitor, type Flag } from "./monitor.js";
import { conformalQuantile } from "./quantiles.js";
import { type Sketches, sketchRows } from "./sketch.js";

const HORIZON = 300;
const LEVEL = 0.05;
let calibration: Calibration;
let fresh: Sketches;
let foreign: Sketches;

beforeAll(async () => {
  calibration = await calibrate(clouds(4000, "benign"), { classes: CLASSES, horizon: HORIZON, level: LEVEL });
  fresh = sketchRows(calibration.window, clouds(2000, "fresh"));
  foreign = sketchRows(calibration.window, clouds(2000, "foreign", 1));
});

/** Flags that an account of rows raises. */
function ask(
  monitor: ReturnType<typeof createMonitor>,
  account: string,
  sketches: Sketches,
  rows: readonly number[],
): Flag[] {
  return rows.flatMap((row, i) => monitor.observe({ account, sketches, row, time: i * 1000, query: null }));
}
const drawn = (seed: string, count: number): number[] => {
  const numbers = randomNumbers(seed);
  return Array.from({ length: count }, () => numbers.below(fresh.rows));
};

describe("a monitor", () => {
  it("leaves honest accounts alone about as often as it says", () => {
    const monitor = createMonitor(calibration);
    const all = Uint32Array.from({ length: fresh.rows }, (_, i) => i);
    const flagged = Array.from({ length: 60 }, (_, i) => {
      const next = honestAccount(fresh, all, calibration.rates, randomNumbers(`honest ${i}`));
      return Array.from({ length: HORIZON }, () => {
        const { row, time } = next();
        return monitor.observe({ account: `honest ${i}`, sketches: fresh, row, time, query: null });
      }).flat();
    }).flat();
    // Stated are 2 * 5 % of 60; 15 would be a chance of one in a thousand.
    expect(flagged.length).toBeLessThan(15);
  });

  it("notices an account whose queries drift, and says why", () => {
    const flags = ask(createMonitor(calibration), "thief", foreign, drawn("drift", 200));
    expect(flags).toHaveLength(1);
    expect(flags[0]).toMatchObject({ account: "thief", pool: null });
    expect(["drift", "outside", "together"]).toContain(flags[0]?.reason);
  });

  it("notices an account that seeks the boundaries", () => {
    const rows = [...fresh.low.keys()].filter((row) => fresh.low[row] === 1);
    const flags = ask(createMonitor(calibration), "thief", fresh, rows.slice(0, 150));
    expect(flags.map(({ reason }) => reason)).toEqual([expect.stringMatching(/boundary|together/)]);
  });

  it("notices accounts together that would each pass", () => {
    const weak = sketchRows(calibration.window, clouds(2000, "weak", 0.22));
    const alone = createMonitor(calibration);
    ask(alone, "thief", weak, drawn("weak 0", 100));
    expect(alone.standing("thief").flag).toBeNull();
    const together = createMonitor(calibration);
    const flags = Array.from({ length: 16 }, (_, i) =>
      ask(together, `thief ${i}`, weak, drawn(`weak ${i}`, 100)),
    ).flat();
    expect(flags.some(({ pool }) => pool !== null && pool.length > 1)).toBe(true);
  });

  it("tells the same of the same queries", () => {
    const standing = (): unknown => {
      const monitor = createMonitor(calibration);
      ask(monitor, "a", fresh, drawn("same", 150));
      return monitor.standing("a");
    };
    expect(standing()).toEqual(standing());
  });

  it("does not count a query that came before", () => {
    const monitor = createMonitor(calibration);
    for (let i = 0; i < 500; i++)
      monitor.observe({ account: "check", sketches: foreign, row: 0, time: i, query: "the same" });
    expect(monitor.standing("check")).toMatchObject({ seen: 1, flag: null });
  });

  it("holds nobody's pace against him where nobody said how busy honest accounts are", () => {
    const monitor = createMonitor(calibration);
    const flagged = Array.from({ length: 20 }, (_, i) => {
      const rows = drawn(`burst ${i}`, 100);
      return rows.flatMap((row) =>
        monitor.observe({ account: `${i}`, sketches: fresh, row, time: 0, query: null }),
      );
    }).flat();
    expect(flagged.filter(({ reason }) => reason === "volume")).toEqual([]);
  });

  it("holds a pace that was never said against an account, and no repetition", async () => {
    const rates = { slowest: 1, busiest: 3 };
    const paced = await calibrate(clouds(4000, "benign"), {
      classes: CLASSES,
      horizon: HORIZON,
      level: LEVEL,
      rates,
    });
    expect(decodeCalibration(encodeCalibration(paced))).toEqual(paced);
    const monitor = createMonitor(paced);
    const hurried = drawn("hurried", 200).flatMap((row, i) =>
      monitor.observe({ account: "hurried", sketches: fresh, row, time: i, query: null }),
    );
    expect(hurried.map(({ reason }) => reason)).toContain("volume");
    // As after a restart: a burst of one request among rows that come at an honest pace.
    const rows = drawn("honest burst", 50);
    const seen = rows.flatMap((row, i) => {
      const time = i * 1_800_000;
      const asked = { account: "honest", sketches: fresh, row, time, query: `${i}` };
      const repeats = i === 48 ? 400 : 0;
      for (let again = 0; again < repeats; again++) monitor.observe({ ...asked, query: "1" });
      return monitor.observe(asked);
    });
    expect(seen.filter(({ reason }) => reason === "volume")).toEqual([]);
  });

  it("keeps a flag through a new period, until it is forgiven", () => {
    const monitor = createMonitor(calibration);
    ask(monitor, "thief", foreign, drawn("long", HORIZON + 10));
    expect(monitor.standing("thief")).toMatchObject({ seen: 10, suspicion: 1 });
    expect(monitor.standings().map(({ account }) => account)).toEqual(["thief"]);
    monitor.forgive("thief");
    expect(monitor.standing("thief")).toMatchObject({ seen: 0, suspicion: 0, flag: null });
  });

  it("goes by a file as by what was written", () => {
    const read = decodeCalibration(encodeCalibration(calibration));
    expect(read).toEqual(calibration);
    const bytes = encodeCalibration(calibration);
    for (const broken of [bytes.subarray(0, 100), Buffer.from("{}"), Buffer.from("[]")])
      expect(() => decodeCalibration(broken)).toThrow(
        expect.objectContaining({ code: "CALIBRATION_INVALID" }),
      );
  });
});

describe("calibration", () => {
  it("takes the conformal rank", () => {
    const sorted = Float64Array.from({ length: 99 }, (_, i) => i + 1);
    expect(conformalQuantile(sorted, 0.05)).toBe(95);
    expect(conformalQuantile(sorted, 0.01)).toBe(99);
    expect(conformalQuantile(sorted, 0.001)).toBe(Number.POSITIVE_INFINITY);
  });

  it("tells the share of honest accounts and suspicion", () => {
    expect(honestShare(calibration.largest, Number.POSITIVE_INFINITY)).toBeCloseTo(1 / 20);
    expect(honestShare(calibration.largest, Number.NEGATIVE_INFINITY)).toBe(1);
    expect(suspicionOf(calibration, calibration.threshold + 1)).toBe(1);
    expect(suspicionOf(calibration, Number.NEGATIVE_INFINITY)).toBe(0);
  });

  it("needs rows, and a level that is one", async () => {
    const few = calibrate(clouds(100, "few"), { classes: CLASSES });
    await expect(few).rejects.toMatchObject({ code: "ROWS_TOO_FEW" });
    const level = calibrate(clouds(1000, "level"), { classes: CLASSES, level: 0 });
    await expect(level).rejects.toMatchObject({ code: "OPTIONS_INVALID" });
  });
});
