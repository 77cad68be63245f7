import { describe, expect, it } from "vitest";
import { GatewayError } from "../error.js";
import { memoryCounts } from "../limits/memory-counts.js";
import type { LimitRule } from "../limits/rules.js";
import { askedFor, TEN_CLASSES } from "../test-support/asked.js";
import { callerWith } from "../test-support/caller.js";
import type { Account, Asked, Defence } from "./defence.js";
import { limitsDefence } from "./limits.js";
import { Refusal } from "./refusal.js";

const rule = (more: Partial<LimitRule>): LimitRule => ({
  per: "account",
  model: null,
  count: "requests",
  most: 2,
  seconds: 60,
  ...more,
});
const who = (id: string, more: Partial<Account> = {}): Account => ({
  id,
  organisation: null,
  scopes: [],
  customer: null,
  ...more,
});
const limits = (...rules: readonly LimitRule[]): Defence =>
  limitsDefence({ rules, counts: memoryCounts(), policy: { kind: "labels" } });

/** null where it was let through. */
async function refusalOf(defence: Defence, asked: Asked): Promise<Refusal | null> {
  try {
    await defence.admit?.(asked);
    return null;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}
async function through(defence: Defence, requests: readonly Asked[]): Promise<boolean[]> {
  const answers: boolean[] = [];
  for (const asked of requests) answers.push((await refusalOf(defence, asked)) === null);
  return answers;
}

describe("who is counted together", () => {
  const from = (account: Account | null, address: string | null = null): Asked =>
    askedFor([1], { account, address });
  it.each<[LimitRule["per"], readonly Asked[], readonly boolean[]]>([
    ["account", [from(who("a")), from(who("a")), from(who("b")), from(who("a"))], [true, true, true, false]],
    [
      "key",
      [
        from(who("a", { key: "1" })),
        from(who("a", { key: "1" })),
        from(who("a", { key: "2" })),
        from(who("a", { key: "1" })),
        from(who("a")),
      ],
      [true, true, true, false, true],
    ],
    [
      "organisation",
      [
        from(who("a", { organisation: "o" })),
        from(who("b", { organisation: "o" })),
        from(who("c", { organisation: "o" })),
        from(who("o")),
      ],
      [true, true, false, true],
    ],
    [
      "range",
      [from(null, "192.0.2.1"), from(null, "192.0.2.9"), from(null, "192.0.2.200"), from(null, "192.0.3.1")],
      [true, true, false, true],
    ],
    ["everyone", [from(null), from(who("a")), from(who("b"))], [true, true, false]],
  ])("%s", async (per, requests, expected) => {
    expect(await through(limits(rule({ per })), requests)).toEqual(expected);
  });

  it("models: all, each, or the one named", async () => {
    const other = { ...TEN_CLASSES, name: "other" };
    const account = who("a");
    const asked = [
      askedFor([1], { account }),
      askedFor([1], { account, model: other }),
      askedFor([1], { account }),
    ];
    expect(await through(limits(rule({ most: 1 })), asked)).toEqual([true, false, false]);
    expect(await through(limits(rule({ most: 1, model: "*" })), asked)).toEqual([true, true, false]);
    expect(await through(limits(rule({ most: 1, model: "other" })), [...asked, ...asked])).toEqual([
      true,
      true,
      true,
      true,
      false,
      true,
    ]);
  });
});

describe("what is refused", () => {
  it("says which limit, and when to come again", async () => {
    const defence = limits(rule({ count: "rows", most: 3 }));
    expect(await refusalOf(defence, askedFor([1, 2]))).toBeNull();
    expect(await refusalOf(defence, askedFor([1, 2]))).toMatchObject({
      status: 429,
      code: "RATE_LIMITED",
      retryAfter: 60,
      details: { limit: { per: "account", count: "rows", most: 3, seconds: 60 } },
    });
    expect(await refusalOf(defence, askedFor([1, 2, 3, 4]))).toMatchObject({ status: 429, retryAfter: null });
  });

  it("is counted by no limit", async () => {
    const defence = limits(
      rule({ most: 3 }),
      rule({ count: "rows", most: 4 }),
      rule({ count: "bits", most: 14 }),
    );
    expect(await refusalOf(defence, askedFor([1, 2, 3, 4, 5]))).toMatchObject({ code: "RATE_LIMITED" });
    expect(await refusalOf(defence, askedFor([1, 2, 3, 4]))).toBeNull();
    // All rows are gone, but only one request, and 13.3 bits.
    expect(await refusalOf(defence, askedFor([1]))).toMatchObject({ details: { limit: { count: "rows" } } });
    const spent = limits(rule({ most: 2 }), rule({ count: "bits", most: 7 }));
    expect(await refusalOf(spent, askedFor([1, 2, 3]))).toMatchObject({
      status: 429,
      code: "INFORMATION_SPENT",
    });
    expect(await through(spent, [askedFor([1]), askedFor([2]), askedFor([2])])).toEqual([true, true, false]);
  });
});

it("a copy that is handed out is one request of the model, of no rows and no information", async () => {
  const account = who("a");
  const defence = limits(
    rule({ most: 3 }),
    rule({ count: "rows", most: 1 }),
    rule({ count: "bits", most: 4, seconds: null }),
    rule({ model: "other", most: 1 }),
  );
  const handOut = (): unknown => defence.handOut?.(callerWith({}, { account, action: "download" }));
  for (let i = 0; i < 2; i++) await handOut();
  expect(await refusalOf(defence, askedFor([1], { account }))).toBeNull();
  await expect(handOut()).rejects.toMatchObject({ status: 429, code: "RATE_LIMITED", retryAfter: 60 });
});

describe("distinct information", () => {
  it("is spent by new queries alone: an honest client who asks again and again pays once", async () => {
    const defence = limits(rule({ count: "bits", most: 10, seconds: null }));
    const again = Array.from({ length: 20 }, () => askedFor([1, 2, 3]));
    expect(await through(defence, again)).toEqual(again.map(() => true));
    expect(await refusalOf(defence, askedFor([4]))).toMatchObject({
      code: "INFORMATION_SPENT",
      retryAfter: null,
    });
    expect(await refusalOf(defence, askedFor([1]))).toBeNull();
  });

  it("stops a thief who asks ever new queries, by what the policy lets out", async () => {
    for (const [policy, shown] of [
      [{ kind: "labels" }, 30],
      [{ kind: "top-k", k: 1 }, 3],
      [{ kind: "full" }, 0],
    ] as const) {
      const rules = [rule({ count: "bits", most: 100, seconds: null })];
      const defence = limitsDefence({ rules, counts: memoryCounts(), policy });
      const answers = await through(
        defence,
        Array.from({ length: 40 }, (_, i) => askedFor([i])),
      );
      expect(answers.filter(Boolean)).toHaveLength(shown);
    }
  });
});

it("without the counts nobody is answered", async () => {
  const gone = async (): Promise<never> => {
    throw new GatewayError("LIMITS_UNREACHABLE", "the database is down", "");
  };
  const counts = {
    rates: { take: gone, giveBack: gone, taken: gone },
    shown: { charge: gone, charged: gone },
    close: async () => undefined,
  };
  const defence = limitsDefence({ rules: [rule({})], counts, policy: { kind: "full" } });
  const unreachable = { status: 503, code: "LIMITS_UNREACHABLE", retryAfter: 5 };
  expect(await refusalOf(defence, askedFor([1]))).toMatchObject(unreachable);
  await expect(defence.handOut?.(callerWith({}))).rejects.toMatchObject(unreachable);
});
