import { describe, expect, it } from "vitest";
import type { PlanFile } from "./plan.js";
import { drawLabel, drawnRows } from "./plan-draw.js";

const file: PlanFile = {
  version: 1,
  kind: "indicia plan",
  created: "2025-03-01T12:00:00.000Z",
  registration: "aa".repeat(32),
  chain: { entries: 1, head: "bb".repeat(32) },
  suspect: { protocol: "oip", target: "http://suspect.example/" },
  statistics: ["readout/1"],
  level: 1e-6,
  asking: {
    order: "auto",
    budget: 40,
    looks: [40],
    pool: { rows: 100, sha256: "cc".repeat(32) },
    admitted: 40,
  },
};
const source = (fill: number, sha256 = "dd".repeat(32)) => ({
  plan: { file, sha256 },
  randomness: new Uint8Array(32).fill(fill),
});

describe("a draw from the pool", () => {
  it("is the same for everybody, and another one for every plan and round", () => {
    expect(drawnRows(source(1), 0)).toEqual(drawnRows(source(1), 0));
    const others = [drawnRows(source(2), 0), drawnRows(source(1, "ee".repeat(32)), 0)];
    const without = drawnRows({ ...source(1), randomness: null }, 0);
    for (const other of [...others, without]) expect(other).not.toEqual(drawnRows(source(1), 0));
    expect(drawLabel(source(1), 0)).not.toBe(drawLabel(source(1), 1));
  });

  it("shares no row with another draw of the plan, until the pool is used up", () => {
    const draws = [0, 1, 2].map((draw) => drawnRows(source(1), draw));
    expect(draws.map(({ length }) => length)).toEqual([40, 40, 20]);
    expect(draws.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, row) => row));
    expect(() => drawnRows(source(1), 3)).toThrow(expect.objectContaining({ code: "PLAN_DRAW" }));
  });

  it("admits every row alike", () => {
    const admitted = new Float64Array(100);
    const rounds = 500;
    for (let fill = 0; fill < rounds; fill++) {
      const randomness = new Uint8Array(32);
      new DataView(randomness.buffer).setUint32(0, fill);
      for (const row of drawnRows({ plan: { file, sha256: "dd".repeat(32) }, randomness }, 0))
        admitted[row] = (admitted[row] ?? 0) + 1;
    }
    // 200 of 500 with a deviation of 11: six of them either way.
    for (const times of admitted) expect(Math.abs(times - 0.4 * rounds)).toBeLessThan(66);
  });
});
