import type { Standing } from "@indicia/defence/monitor/monitor";
import { describe, expect, it } from "vitest";
import { newest } from "./newest.js";
import { createObservations, HISTORY_POINTS, MOST_EVENTS } from "./observations.js";

let now = 0;
const clock = (): Date => new Date(now);
const stands = (account: string, suspicion: number, seen = 50): Standing => ({
  account,
  seen,
  score: suspicion,
  honestShare: 1 - suspicion,
  suspicion,
  flag: null,
});

describe("suspicion over time", () => {
  it("has a point for each change that can be seen, and always for a flag", () => {
    const observed = createObservations(clock);
    for (const [time, suspicion] of [
      [1, 0],
      [2, 0.5],
      [3, 0.505],
      [4, 0.995],
      [5, 1],
      [6, 1],
      [7, 0],
    ] as const) {
      now = time;
      observed.stands("m", stands("ada", suspicion));
    }
    expect(observed.history("ada")).toEqual([
      { time: 2, suspicion: 0.5 },
      { time: 4, suspicion: 0.995 },
      { time: 5, suspicion: 1 },
      { time: 7, suspicion: 0 },
    ]);
    expect(observed.history("bob")).toEqual([]);
  });

  it("is the largest over all models", () => {
    const observed = createObservations(clock);
    observed.stands("m", stands("ada", 0.6));
    observed.stands("n", stands("ada", 0.2));
    observed.stands("m", stands("ada", 0.1));
    expect(observed.history("ada").map(({ suspicion }) => suspicion)).toEqual([0.6, 0.2]);
  });

  it("forgets the oldest of what is too much", () => {
    const observed = createObservations(clock);
    for (let i = 0; i < HISTORY_POINTS + 10; i++) {
      now = i;
      observed.stands("m", stands("ada", i % 2 === 0 ? 1 : 0));
    }
    expect(observed.history("ada")).toHaveLength(HISTORY_POINTS);
    expect(observed.history("ada")[0]?.time).toBe(10);
  });
});

it("who was silent longest makes room", () => {
  const observed = createObservations(clock, 2);
  const served = (account: string): void => observed.served({ account, rows: 1, refused: false });
  for (const account of ["a", "b", "a", "c"]) served(account);
  expect(observed.accounts().map(({ account, rows }) => [account, rows])).toEqual([
    ["a", 2],
    ["c", 1],
  ]);
});

it("who is flagged with others has not been seen by that", () => {
  const observed = createObservations(clock);
  now = 10;
  observed.stands("m", stands("ada", 0.1));
  now = 20;
  observed.stands("m", stands("ada", 1));
  expect(observed.accounts()[0]?.lastSeen).toBe(10);
  observed.stands("m", stands("ada", 1, 51));
  expect(observed.accounts()[0]?.lastSeen).toBe(20);
});

it("keeps the newest events", () => {
  const observed = createObservations(clock);
  const limit = { per: "account", model: null, count: "rows", most: 1, seconds: 1 } as const;
  for (let i = 0; i < MOST_EVENTS + 1; i++)
    observed.limited({ account: `a${i}`, model: "m", limit, retryAfter: null });
  const hits = observed.limitHits();
  expect([hits.length, hits[0]?.account, hits.at(-1)?.account]).toEqual([
    MOST_EVENTS,
    "a1",
    `a${MOST_EVENTS}`,
  ]);
});

it("the newest of nothing is nothing", () => {
  const items = newest<number>(3);
  expect([items.items(), items.latest()]).toEqual([[], null]);
  for (let i = 1; i <= 5; i++) items.add(i);
  expect([items.items(), items.latest()]).toEqual([[3, 4, 5], 5]);
});
