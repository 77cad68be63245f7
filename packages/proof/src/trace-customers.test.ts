import { describe, expect, it } from "vitest";
import { readoutCarrier } from "./carrier.js";
import { decoySeed } from "./decoys.js";
import { portableKeystream } from "./keystream.js";
import { MOST_LOOKS } from "./looks.js";
import { quantise } from "./statistic.js";
import { type TracedKey, traceable, traceCustomers, type TracePrice } from "./trace-customers.js";
import type { HeldLook } from "./weigh.js";

const ROWS = 24;
const COLUMNS = 20;
const CUSTOMERS = 1000;
const keys: TracedKey[] = Array.from({ length: CUSTOMERS }, (_, i) => ({
  id: `c${i}`,
  seed: decoySeed(new Uint8Array(32).fill(5), i),
}));
const price = { customers: CUSTOMERS, statistics: 1, observation: 1, keystream: portableKeystream } as const;

/** Numbers that are no customer's, the same each time. */
function noise(seed: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: ROWS * COLUMNS }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
}

/** A look at a suspect in whose residual some customers' carriers are. */
function look(seed: number, planted: Readonly<Record<number, number>> = {}, lost = 0): HeldLook {
  const residual = noise(seed);
  for (const [index, strength] of Object.entries(planted)) {
    const key = keys[Number(index)];
    const carrier = readoutCarrier(key?.seed ?? new Uint8Array(32), ROWS, COLUMNS, portableKeystream);
    for (const [i, sign] of carrier.entries()) residual[i] = (residual[i] ?? 0) + strength * sign;
  }
  return {
    position: 1,
    closing: null,
    probes: 100,
    lost,
    pricing: 2,
    residuals: [
      {
        id: "r",
        carrier: { scheme: "readout/1", rows: ROWS, columns: COLUMNS },
        formed: { residual: "log-ratio", shaping: "raw" },
        values: quantise(residual),
      },
    ],
  };
}

const named = (looks: readonly HeldLook[], more: Partial<TracePrice> = {}): string[] =>
  traceCustomers(looks, keys, { ...price, ...more })
    .filter(({ lnP }) => lnP <= Math.log(1e-6))
    .map(({ id }) => id);

describe("tracing among a thousand customers", () => {
  it("names the one whose carrier is there, first", () => {
    const traced = traceCustomers([look(1, { 437: 0.2 })], keys, price);
    expect(traced).toHaveLength(CUSTOMERS);
    expect(traced[0]).toMatchObject({ id: "c437", statistic: "log-ratio, raw", look: 1, probes: 100 });
    expect(named([look(1, { 437: 0.2 })])).toEqual(["c437"]);
  });

  it("names both of two who put their answers together", () => {
    expect(named([look(2, { 3: 0.2, 900: 0.2 })]).sort()).toEqual(["c3", "c900"]);
  });

  it("names nobody for twenty who are innocent", () => {
    expect(Array.from({ length: 20 }, (_, i) => named([look(100 + i)])).flat()).toEqual([]);
  });

  it("takes the look at which a customer is clearest", () => {
    const [best] = traceCustomers(
      [look(3, { 7: 0.1 }), { ...look(4, { 7: 0.4 }), position: 2 }],
      keys,
      price,
    );
    expect(best).toMatchObject({ id: "c7", look: 2 });
  });

  it("pays for every entry of the register, for what was tried, and for what was lost", () => {
    const total = (more: Partial<TracePrice>, lost = 0): number => {
      const [best] = traceCustomers([look(1, { 437: 0.3 }, lost)], keys.slice(437, 438), {
        ...price,
        ...more,
      });
      return (best?.lnP ?? 0) - (best?.lnIdeal ?? 0);
    };
    const paid = Math.log(CUSTOMERS) + 2 * Math.log(2);
    expect(total({})).toBeCloseTo(paid, 9);
    expect(total({ customers: 10 * CUSTOMERS })).toBeCloseTo(paid + Math.log(10), 9);
    expect(total({ statistics: 7 })).toBeCloseTo(paid + Math.log(7), 9);
    expect(total({ observation: 3 })).toBeCloseTo(paid + Math.log(6), 9);
    expect(total({}, 1)).toBeCloseTo(paid + Math.log(100) + Math.log(2 * 2 * MOST_LOOKS), 9);
  });

  it("has nothing to say of weights", () => {
    const weights: HeldLook = {
      position: 1,
      closing: null,
      probes: 0,
      lost: 0,
      pricing: 2,
      residuals: [
        {
          id: "w",
          carrier: { scheme: "weights/1", segments: [{ label: "w", start: 0, count: 4 }] },
          formed: null,
          values: Int16Array.of(1, 2, 3, 4),
        },
      ],
    };
    expect(traceable(weights)).toEqual([]);
    expect(traceCustomers([weights], keys, price)).toEqual([]);
  });
});
