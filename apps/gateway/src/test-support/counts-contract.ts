import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import type { LimitCounts, Window } from "../limits/counts.js";

const query = (n: number): string => n.toString(16).padStart(32, "0").repeat(2);
const NOW = new Date("2026-06-01T12:00:00Z");

/** What every place for counts must do. @param open the same counts each time, as instances share them */
export function holdCounts(open: () => LimitCounts): void {
  const fresh = (more: Partial<Window> = {}): Window => ({
    counter: randomUUID(),
    most: 10,
    seconds: 60,
    ...more,
  });

  it("gives out what there is, and says when there will be more", async () => {
    const { rates } = open();
    const window = fresh();
    expect(await rates.take(window, 6)).toEqual({ allowed: true, retryAfter: null });
    expect(await rates.taken([fresh(), window])).toEqual([0, 6]);
    const refused = await rates.take(window, 5);
    expect(refused.allowed).toBe(false);
    expect(refused.retryAfter).toBeGreaterThan(50);
    expect(refused.retryAfter).toBeLessThanOrEqual(60);
    // What was refused was not taken.
    expect((await rates.take(window, 4)).allowed).toBe(true);
    expect((await rates.take(window, 1)).allowed).toBe(false);
    await rates.giveBack(window, 3);
    expect((await rates.take(window, 3)).allowed).toBe(true);
    expect((await rates.take(fresh(), 10)).allowed).toBe(true);
    expect(await rates.take(fresh(), 11)).toEqual({ allowed: false, retryAfter: null });
  });

  it("gives out no more to many at once", async () => {
    const { rates } = open();
    const window = fresh();
    const taken = await Promise.all(Array.from({ length: 30 }, () => rates.take(window, 1)));
    expect(taken.filter(({ allowed }) => allowed)).toHaveLength(10);
  });

  it("gives anew after the window", async () => {
    const { rates } = open();
    const window = fresh({ seconds: 1 });
    await rates.take(window, 10);
    expect((await rates.take(window, 1)).allowed).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await rates.take(window, 10)).allowed).toBe(true);
  });

  it("charges each distinct query once", async () => {
    const { shown } = open();
    const window = fresh();
    expect(await shown.charge([window], [1, 2, 2].map(query), 3, NOW)).toBeNull();
    for (let i = 0; i < 5; i++) expect(await shown.charge([window], [query(1), query(2)], 3, NOW)).toBeNull();
    // 6 of 10 are spent: one more has room, two have not, and are not remembered.
    expect(await shown.charge([window], [3, 4].map(query), 3, NOW)).toEqual({ window, retryAfter: 60 });
    expect(await shown.charge([window], [query(3)], 3, NOW)).toBeNull();
    expect(await shown.charge([window], [query(4)], 3, NOW)).toEqual({ window, retryAfter: 60 });
  });

  it("charges all windows or none", async () => {
    const { shown } = open();
    const [wide, narrow] = [fresh({ most: 100 }), fresh({ most: 5, seconds: null })];
    expect(await shown.charge([wide, narrow], [1, 2].map(query), 3, NOW)).toEqual({
      window: narrow,
      retryAfter: null,
    });
    const room = Array.from({ length: 33 }, (_, i) => query(i));
    expect(await shown.charge([wide], room, 3, NOW)).toBeNull();
    expect(await shown.charge([wide], [query(99)], 3, NOW)).toMatchObject({ window: wide });
  });

  it("says what was charged, window by window, without charging it", async () => {
    const { shown } = open();
    const [minute, ever, never] = [fresh(), fresh({ seconds: null }), fresh()];
    await shown.charge([minute, ever], [1, 2].map(query), 3, NOW);
    await shown.charge([ever], [query(3)], 3, NOW);
    for (let i = 0; i < 2; i++)
      expect(await shown.charged([never, ever, minute, ever], NOW)).toEqual([0, 9, 6, 9]);
    expect(await shown.charged([minute, ever], new Date(NOW.getTime() + 60_000))).toEqual([0, 9]);
    expect(await shown.charged([], NOW)).toEqual([]);
  });

  it("begins a new budget with a new window, and never for one that has none", async () => {
    const { shown } = open();
    const [minute, ever] = [fresh({ most: 3 }), fresh({ most: 3, seconds: null })];
    const next = new Date(NOW.getTime() + 60_000);
    expect(await shown.charge([minute, ever], [query(1)], 3, NOW)).toBeNull();
    expect(await shown.charge([minute], [query(2)], 3, next)).toBeNull();
    expect(await shown.charge([ever], [query(2)], 3, next)).toEqual({ window: ever, retryAfter: null });
  });
}
