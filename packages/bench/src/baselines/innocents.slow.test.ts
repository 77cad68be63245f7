import { binomialUpperQuantile } from "@indicia/proof/binomial";
import { describe, expect, it } from "vitest";
import { type Baseline, type Check, detect, type Owner, type Pool } from "./baseline.js";
import { baselines } from "./index.js";
import { tinyInnocent, tinyOwner, tinyRows } from "./test-support/tiny-owner.js";

const BUDGET = { labelsChanged: 0.06, accuracyCost: 0.02, totalVariation: 0.1 };
const POOL: Pool = { asked: tinyRows(3000, 1), fresh: tinyRows(1500, 2), most: 100 };
const INNOCENTS = 20;
/** Ranks among a hundred are enough for p <= 0.05. */
const BASELINES = baselines(100);

const owner: Owner = tinyOwner(3000);

const made = new Map<string, Promise<Check>>();

/** A baseline's check under a key, made once. */
function checkOf(baseline: Baseline, key: string): Promise<Check> {
  const name = `${baseline.name}/${key}`;
  const check = made.get(name) ?? baseline.protect(owner, key, BUDGET).then((guarded) => guarded.check(POOL));
  made.set(name, check);
  return check;
}

describe.each(BASELINES.filter(({ keyed }) => keyed))("$name", (baseline) => {
  it("takes innocents for thieves no more often than its p says", async () => {
    let alarms = 0;
    // A key of its own for each, or for a few where one takes a training: innocents resemble one another, so that under
    // one key they would be right together.
    const keys = baseline.changes === "model" ? 4 : INNOCENTS;
    for (let seed = 0; seed < INNOCENTS; seed++) {
      const theirs = await checkOf(baseline, `key ${seed % keys}`);
      const { lnP } = await detect(theirs, tinyInnocent(seed));
      if (lnP <= Math.log(0.05)) alarms++;
    }
    expect(alarms).toBeLessThanOrEqual(binomialUpperQuantile(1e-4, INNOCENTS, 0.05));
  });
});

describe("the margin fingerprint", () => {
  it("takes most innocents for thieves, since they see the same boundary", async () => {
    const fingerprint = BASELINES.find(({ keyed }) => !keyed);
    if (fingerprint === undefined) throw new Error("there is none");
    const check = await checkOf(fingerprint, "key");
    let alarms = 0;
    for (let seed = 0; seed < INNOCENTS; seed++) {
      const { lnP } = await detect(check, tinyInnocent(seed));
      if (lnP <= Math.log(0.05)) alarms++;
    }
    expect(alarms).toBeGreaterThan(binomialUpperQuantile(1e-4, INNOCENTS, 0.05));
  });
});
