import { describe, expect, it } from "vitest";
import { classOrder, classOrderCorrection, type OrderedAnswers } from "./class-order.js";

/** Numbers in [0, 1), the same each time. */
function drawn(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A reference, and a suspect that shares so much of its logits. */
function answersOf(classes: number, probes: number, shared: number, seed = 1): OrderedAnswers {
  const random = drawn(seed);
  const reference = Float64Array.from({ length: probes * classes }, () => 4 * random());
  const values = reference.map((z) => shared * z + (1 - shared) * 4 * random());
  return { probes, classes, link: "softmax", reference, vectors: { scale: "logits", values }, labels: null };
}

function labelled(table: OrderedAnswers): OrderedAnswers {
  const { classes: m, probes, vectors } = table;
  const labels = Int32Array.from({ length: probes }, (_, i) => {
    const row = vectors?.values.subarray(i * m, (i + 1) * m) ?? new Float64Array(m);
    return row.indexOf(Math.max(...row));
  });
  return { ...table, vectors: null, labels };
}

function permuted(table: OrderedAnswers, order: readonly number[]): OrderedAnswers {
  const { classes: m, vectors, labels } = table;
  const values = vectors?.values.map((_, i, all) => all[i - (i % m) + (order.indexOf(i % m) ?? 0)] ?? 0);
  return {
    ...table,
    vectors: vectors === null || values === undefined ? null : { ...vectors, values },
    labels: labels?.map((label) => (label < 0 ? label : (order[label] ?? label))) ?? null,
  };
}

function ordersOf(names: readonly number[]): number[][] {
  if (names.length === 0) return [[]];
  return names.flatMap((name) =>
    ordersOf(names.filter((other) => other !== name)).map((rest) => [name, ...rest]),
  );
}

describe("the order of classes", () => {
  it.each([
    ["numbers", answersOf(8, 300, 0.7)],
    ["labels", labelled(answersOf(8, 300, 0.7))],
  ])("is settled by a suspect that is like the reference, from %s", (_, table) => {
    expect(classOrder(table, 300)).toEqual({ classes: 8, named: 8, unsettled: 0 });
    expect(classOrder(permuted(table, [1, 0, 2, 3, 4, 5, 6, 7]), 300)).toMatchObject({ unsettled: 2 });
    expect(classOrder(permuted(table, [1, 2, 3, 4, 5, 6, 7, 0]), 300)).toMatchObject({ unsettled: 8 });
  });

  it("leaves out classes that were never named, and probes beyond the count", () => {
    const table = labelled(answersOf(8, 300, 0.7));
    const few = {
      ...table,
      labels: table.labels?.map((label, i) => (i < 200 && label > 4 ? -1 : label)) ?? null,
    };
    expect(classOrder(few, 200)).toMatchObject({ named: 5, unsettled: 0 });
    expect(classOrder(few, 300)).toMatchObject({ named: 8 });
  });

  it("knows the two labels of a lone sigmoid, and settles nothing where the reference says the same everywhere", () => {
    const lone = labelled(answersOf(1, 40, 1));
    const signs = Int32Array.from(lone.reference, (z) => (z > 2 ? 1 : 0));
    const table: OrderedAnswers = { ...lone, link: "sigmoid", labels: signs };
    expect(classOrder(table, 40)).toEqual({ classes: 2, named: 2, unsettled: 0 });
    expect(classOrder({ ...table, reference: new Float64Array(40) }, 40)).toMatchObject({ unsettled: 2 });
  });

  it.each([0, 0.2, 0.6])(
    "is paid for whichever is chosen: all orders spend no more than the level, %f",
    (shared) => {
      for (const table of [answersOf(5, 30, shared, 7), labelled(answersOf(5, 30, shared, 8))]) {
        let spent = 0;
        const seen = new Set<number>();
        for (const order of ordersOf([0, 1, 2, 3, 4])) {
          const found = classOrder(permuted(table, order), 30);
          seen.add(found.unsettled);
          spent += Math.exp(-classOrderCorrection(found).lnFactor);
        }
        expect(seen.size).toBeGreaterThan(1);
        expect(spent).toBeLessThanOrEqual(1);
      }
    },
  );

  it("costs ln 2 where all is settled, and more than ln m! where nothing is", () => {
    expect(classOrderCorrection({ classes: 10, named: 10, unsettled: 0 }).lnFactor).toBeCloseTo(Math.LN2, 12);
    const nothing = classOrderCorrection({ classes: 10, named: 10, unsettled: 10 });
    expect(nothing.lnFactor).toBeCloseTo(Math.log(3_628_800 * 11 * 12), 9);
  });
});
