import { beforeAll, describe, expect, it } from "vitest";
import { type Baseline, type Check, detect, type Guarded, type Owner, type Pool } from "./baseline.js";
import { answerDistortion } from "./distortion.js";
import { baselines } from "./index.js";
import { TINY_CLASSES, tinyImages, tinyOwner, tinyRows } from "./test-support/tiny-owner.js";

const BUDGET = { labelsChanged: 0.06, accuracyCost: 0.02, totalVariation: 0.1 };
const ASKED = tinyImages(3000, 1);
const POOL: Pool = { asked: ASKED.inputs, fresh: tinyRows(1500, 2), most: 100 };
/** A thief is caught at this p, nobody else is. */
const LN_LEVEL = Math.log(1e-3);
/** Enough to tell the level from chance. */
const BASELINES = baselines(2000);

const owner: Owner = tinyOwner(3000);

describe.each(BASELINES)("$name", (baseline: Baseline) => {
  let guarded: Guarded;
  let check: Check;
  beforeAll(async () => {
    guarded = await baseline.protect(owner, "right key", BUDGET);
    check = await guarded.check(POOL);
  });

  it("changes no more than it may", async () => {
    const [before, after] = [await owner.ask(POOL.asked), await guarded.answer(POOL.asked)];
    const { labelsChanged, totalVariation, accuracyCost } = answerDistortion(before, after, ASKED.labels);
    // What was kept within the budget on other rows may miss it here by four standard deviations of both.
    const room = 4 * Math.sqrt(BUDGET.labelsChanged * (1 / 3000 + 1 / 3000));
    expect(labelsChanged).toBeLessThan(BUDGET.labelsChanged + room);
    expect(accuracyCost).toBeLessThan(BUDGET.accuracyCost + room);
    expect(totalVariation > 0).toBe(baseline.changes !== "nothing");
    expect(totalVariation).toBeLessThan(BUDGET.totalVariation + 0.005);
  });

  it("knows who serves the protected answers", async () => {
    const { lnP, queries, score } = await detect(check, guarded.answer);
    expect(queries).toBe(check.inputs.dims[0]);
    expect(queries).toBeGreaterThan(0);
    expect(queries).toBeLessThanOrEqual(POOL.most);
    expect(score).toBeGreaterThan(0);
    expect(lnP).toBeLessThan(LN_LEVEL);
  });

  it("answers and asks the same again", async () => {
    const again = await baseline.protect(owner, "right key", BUDGET);
    expect((await again.check(POOL)).inputs).toEqual(check.inputs);
    expect(await again.answer(POOL.fresh)).toEqual(await guarded.answer(POOL.fresh));
  });

  it.runIf(baseline.keyed)("knows nobody under another key", async () => {
    const other = await (await baseline.protect(owner, "wrong key", BUDGET)).check(POOL);
    const { lnP } = await detect(other, guarded.answer);
    expect(lnP).toBeGreaterThan(LN_LEVEL);
  });

  it("refuses answers to other questions", async () => {
    const answers = {
      type: "float64",
      dims: [1, TINY_CLASSES],
      data: new Float64Array(TINY_CLASSES),
    } as const;
    await expect(check.judge(answers)).rejects.toMatchObject({ code: "BASELINE_ROWS" });
  });
});

describe("the list", () => {
  it("names every baseline once", () => {
    expect(new Set(BASELINES.map(({ name }) => name)).size).toBe(BASELINES.length);
  });
});
