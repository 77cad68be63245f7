import { describe, expect, it } from "vitest";
import { parseArguments } from "./arguments.js";
import type { Bench } from "./bench.js";
import { BENCHES } from "./benches.js";
import { row } from "./row.js";
import { runBench } from "./run-bench.js";

describe("runBench", () => {
  it("gives the rows of the bench's module, and says whose lines they are", async () => {
    const said: string[] = [];
    const bench: Bench = {
      name: "sample",
      load: async () => ({
        run: async ({ quick, say }) => {
          say("working");
          return [row({ bench: "sample", case: "a", metric: "b", value: quick ? 1 : 2, goal: "<= 1" })];
        },
      }),
    };
    const { rows } = await runBench(bench, { quick: true, say: (line) => said.push(line) });
    expect(rows).toEqual([
      expect.objectContaining({ bench: "sample", value: 1, met: true, seed: 7, node: process.version }),
    ]);
    expect(rows[0]?.commit).toMatch(/^(unknown|[0-9a-f]{7,40}(-dirty)?)$/);
    expect(rows[0]?.seconds).toBeGreaterThan(0);
    expect(said).toEqual(["sample: working"]);
  });
});

describe("parseArguments", () => {
  const known: readonly Bench[] = ["one", "two"].map((name) => ({
    name,
    load: async () => ({ run: async () => [] }),
  }));
  const names = (args: readonly string[]): string[] =>
    parseArguments(args, known).benches.map(({ name }) => name);

  it("takes all without a name, else what was named", () => {
    expect(names([])).toEqual(["one", "two"]);
    expect(names(["--quick", "two"])).toEqual(["two"]);
    expect(parseArguments(["one", "--json"], known)).toMatchObject({ quick: false, json: true });
  });

  it("refuses what it does not know", () => {
    expect(() => names(["three"])).toThrow(expect.objectContaining({ code: "BENCH_UNKNOWN" }));
    expect(() => names(["--fast"])).toThrow(expect.objectContaining({ code: "BENCH_USAGE" }));
  });

  it("finds first-light among the real ones", () => {
    expect(parseArguments(["first-light"], BENCHES).benches).toHaveLength(1);
  });
});
