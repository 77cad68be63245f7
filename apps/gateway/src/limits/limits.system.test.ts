import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limitsDefence } from "../defences/limits.js";
import { Refusal } from "../defences/refusal.js";
import { askedFor } from "../test-support/asked.js";
import { holdCounts } from "../test-support/counts-contract.js";
import { type PostgresServer, startPostgres } from "@indicia/testkit/postgres-server";
import type { LimitCounts } from "./counts.js";
import { postgresCounts } from "./postgres-counts.js";

let server: PostgresServer;
let instances: readonly LimitCounts[];
beforeAll(async () => {
  server = await startPostgres();
  // Together, so that both find no tables.
  instances = await Promise.all([postgresCounts(server.url), postgresCounts(server.url)]);
});
afterAll(async () => {
  await Promise.all(instances.map((each) => each.close()));
  await server.stop();
});
const instance = (n: number): LimitCounts => {
  const found = instances[n % instances.length];
  if (found === undefined) throw new Error("no instance is open");
  return found;
};
const query = (n: number): string => n.toString(16).padStart(32, "0").repeat(2);

describe("counts in PostgreSQL", () => {
  let turn = 0;
  holdCounts(() => instance(turn++));
});

it("two instances give out no more than one would, to many at once", async () => {
  const window = { counter: randomUUID(), most: 25, seconds: 60 };
  const taken = await Promise.all(Array.from({ length: 80 }, (_, n) => instance(n).rates.take(window, 1)));
  expect(taken.filter(({ allowed }) => allowed)).toHaveLength(25);
});

it("two instances charge each query once, and stay within the budget", async () => {
  const window = { counter: randomUUID(), most: 30, seconds: 3600 };
  const other = { counter: randomUUID(), most: 1000, seconds: null };
  const charged = await Promise.all(
    // Each query is asked of both, at the same time; windows are named in either order.
    Array.from({ length: 40 }, (_, n) =>
      instance(n).shown.charge(
        n % 2 === 0 ? [window, other] : [other, window],
        [query(Math.floor(n / 2))],
        2,
        new Date(),
      ),
    ),
  );
  const answered = new Set(charged.flatMap((spent, n) => (spent === null ? [Math.floor(n / 2)] : [])));
  expect(answered.size).toBe(15);
  for (const n of answered)
    expect(await instance(n).shown.charge([window, other], [query(n)], 2, new Date())).toBeNull();
});

it("a limit holds over two gateways, and nobody is answered when the database is gone", async () => {
  const account = { id: randomUUID(), organisation: null, scopes: [], customer: null };
  const rules = [
    { per: "account", model: "*", count: "requests", most: 3, seconds: 60 },
    { per: "account", model: "*", count: "bits", most: 1e6, seconds: null },
  ] as const;
  const gateways = instances.map((counts) => limitsDefence({ rules, counts, policy: { kind: "full" } }));
  const ask = async (n: number): Promise<Refusal | null> => {
    try {
      await gateways[n % 2]?.admit?.(askedFor([n], { account }));
      return null;
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
  };
  expect([await ask(0), await ask(1), await ask(2)]).toEqual([null, null, null]);
  expect(await ask(3)).toMatchObject({ status: 429, code: "RATE_LIMITED" });
  await server.stop();
  expect(await ask(4)).toMatchObject({ status: 503, code: "LIMITS_UNREACHABLE" });
  await expect(postgresCounts(server.url)).rejects.toMatchObject({ code: "LIMITS_UNREACHABLE" });
});
