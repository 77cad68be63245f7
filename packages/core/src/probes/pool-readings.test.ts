import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { EndpointRequest } from "../observe-endpoint.js";
import type { SealedObservation } from "../observation.js";
import { type Claim, claimOf, drawnRows, labelOf, observed, servedSuspect } from "../test-support/claim.js";
import type { ReadPool } from "./pool.js";
import { keptReadings, type PoolReadings } from "./pool-readings.js";

let claim: Claim;
beforeAll(async () => {
  claim = await claimOf({ readout: 0.3, shadows: 2 });
});
afterAll(() => rmSync(claim.folder, { recursive: true }));

/** Readings that count how often a pool was really read. */
function counted(most: number): PoolReadings & { readonly reads: string[] } {
  const kept = keptReadings(most);
  const reads: string[] = [];
  return {
    reads,
    once: (name, read) =>
      kept.once(name, () => {
        reads.push(name);
        return read();
      }),
  };
}

async function seen(
  file: string,
  more: Partial<EndpointRequest>,
  labels = false,
): Promise<SealedObservation> {
  const suspect = await servedSuspect(file, labels ? labelOf : undefined);
  try {
    return await observed(claim, suspect, { budget: 60, ...more });
  } finally {
    await suspect.close();
  }
}

describe("examinations that share their readings", () => {
  it("seal byte for byte what each would seal alone, and read the pool once", async () => {
    const readings = counted(2);
    const cases = [
      [claim.marked, false],
      [claim.marked, true],
      [claim.reference, true],
    ] as const;
    const rules: unknown[] = [];
    for (const [file, labels] of cases) {
      const alone = await seen(file, {}, labels);
      expect(await seen(file, { readings }, labels)).toEqual(alone);
      rules.push(alone.file.probes?.rule);
    }
    expect(rules).toEqual(["most-uncertain", "boundary", "boundary"]);
    expect(readings.reads).toHaveLength(1);
  });

  it("read anew for another pool, other shadows or another reference", async () => {
    const readings = counted(8);
    await seen(claim.marked, { readings });
    const [name = ""] = Object.keys(claim.pool.tensors);
    const { tensors, ...rest } = drawnRows("another pool");
    const pool = { ...rest, tensors: Object.fromEntries(Object.values(tensors).map((t) => [name, t])) };
    const swapped = [...claim.shadows].reverse();
    const [first = new Uint8Array(0)] = claim.shadows;
    for (const more of [
      { pool },
      { shadows: swapped },
      { shadows: [first, first] },
      { referencePath: claim.marked, referenceSha256: "11".repeat(32) },
    ])
      expect(await seen(claim.marked, { ...more, readings })).toEqual(await seen(claim.marked, more));
    expect(new Set(readings.reads).size).toBe(5);
  });
});

describe("kept readings", () => {
  const reading = (value: number): ReadPool => ({
    features: Float64Array.of(value),
    logits: Float64Array.of(value),
    shadows: [Float64Array.of(value)],
  });

  it("are not changed by whoever has got them", async () => {
    const kept = keptReadings(1);
    const mine = await kept.once("a", async () => reading(1));
    mine.logits.fill(7);
    mine.shadows[0]?.fill(7);
    expect(await kept.once("a", async () => reading(2))).toEqual(reading(1));
  });

  it("are no more than allowed, the latest used", async () => {
    const kept = keptReadings(2);
    await kept.once("a", async () => reading(1));
    await kept.once("b", async () => reading(2));
    await kept.once("a", async () => reading(3));
    await kept.once("c", async () => reading(4));
    expect(await kept.once("a", async () => reading(5))).toEqual(reading(1));
    expect(await kept.once("b", async () => reading(6))).toEqual(reading(6));
  });

  it("are read once by those who ask at the same time, and again after a failure", async () => {
    const kept = keptReadings(2);
    let reads = 0;
    const read = async (): Promise<ReadPool> => reading(++reads);
    const [one, two] = await Promise.all([kept.once("a", read), kept.once("a", read)]);
    expect(one).toEqual(two);
    await expect(kept.once("b", () => Promise.reject(new RangeError("no")))).rejects.toThrow(RangeError);
    expect(await kept.once("b", read)).toEqual(reading(2));
  });
});
