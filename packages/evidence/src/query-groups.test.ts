import { bytesToHex } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { sha256Hex } from "./canonical.js";
import type { CustomerEntry } from "./customers.js";
import { signBatch } from "./query-batch.js";
import { groupQueries, partedOtherwise, type QueryGroup } from "./query-groups.js";
import { type QueryLog, readQueryLog } from "./query-log.js";
import { publicKey } from "./sign.js";
import { toBase64 } from "./base64.js";
import { codeOf } from "./test-support/codes.js";
import { chainBytes } from "./test-support/sample-chain.js";

const REGISTRATION = "ab".repeat(32);
const ALICE = new Uint8Array(32).fill(1);
const OWNER = new Uint8Array(32).fill(2);
const q = (name: string): string => sha256Hex(new TextEncoder().encode(name));
const alice: CustomerEntry = {
  id: "alice",
  committed: "00".repeat(32),
  since: "2000-01-01T00:00:00.000Z",
  signer: bytesToHex(publicKey(ALICE)),
};
const BEGIN = {
  type: "begin",
  body: { version: 1, kind: "indicia query log", registration: REGISTRATION },
} as const;

type Line = { readonly type: string; readonly body: unknown };
const answered = (name: string, customer: string | null = "alice"): Line => ({
  type: "answer",
  body: {
    customer,
    query: q(name),
    input: toBase64(new TextEncoder().encode(name)),
    answer: { values: [0.5, 0.5] },
    changed: false,
  },
});
const batch = (
  names: readonly string[],
  given: { readonly seed?: Uint8Array; readonly customer?: string; readonly signed?: readonly string[] } = {},
): Line => {
  const { seed = ALICE, customer = "alice", signed = names } = given;
  const signature = signBatch(seed, { registration: REGISTRATION, customer, queries: signed.map(q) });
  return { type: "batch", body: { customer, queries: names.map(q), signature } };
};
const log = (...lines: Line[]): QueryLog => readQueryLog(chainBytes("queries", [BEGIN, ...lines]));
const grouped = (
  lines: readonly Line[],
  pool: readonly string[] = [],
  customers: readonly CustomerEntry[] = [alice],
): { kind: string; queries: readonly string[] }[] =>
  groupQueries(log(...lines), { customers, pool: pool.map(q) }).map(({ kind, queries }: QueryGroup) => ({
    kind,
    queries,
  }));
const signed = (...names: string[]): object => ({ kind: "signed-batch", queries: names.map(q) });
const lead = (...names: string[]): object => ({ kind: "lead", queries: names.map(q) });
const pooled = (...names: string[]): object => ({ kind: "committed-pool", queries: names.map(q) });

describe("what can be certified", () => {
  it("is a batch that the customer signed before it was answered, whole, even what was never sent", () => {
    expect(grouped([batch(["a", "b", "c"]), answered("a"), answered("b")])).toEqual([signed("a", "b", "c")]);
  });

  it("is the whole committed pool, in its order, whichever rows a sender may have chosen", () => {
    expect(grouped([answered("p2")], ["p1", "p2", "p3"])).toEqual([pooled("p1", "p2", "p3"), lead("p2")]);
  });

  it("counts each query once", () => {
    expect(grouped([batch(["a", "a", "b"]), answered("a"), answered("a")])).toEqual([signed("a", "b")]);
    expect(grouped([answered("x"), answered("x")])).toEqual([lead("x")]);
  });

  it("numbers batches, and counts what comes again in the first alone", () => {
    const groups = groupQueries(log(batch(["a", "b"]), answered("a"), batch(["b", "c"]), answered("c")), {
      customers: [alice],
      pool: [],
    });
    expect(groups).toMatchObject([
      { kind: "signed-batch", batch: 1, queries: [q("a"), q("b")] },
      { kind: "signed-batch", batch: 2, queries: [q("c")] },
    ]);
  });
});

describe("what is a lead and nothing more", () => {
  it("is whatever nobody fixed beforehand: an adaptive sender's queries", () => {
    expect(grouped([answered("a"), answered("b")])).toEqual([lead("a", "b")]);
  });

  it("is a query that was answered before it was signed", () => {
    expect(grouped([answered("a"), batch(["a", "b"]), answered("b")])).toEqual([signed("b"), lead("a")]);
  });

  it("is a query that the owner inserted: signed by himself, not signed, or signed as part of another batch", () => {
    expect(grouped([batch(["a"], { seed: OWNER }), answered("a")])).toEqual([lead("a")]);
    expect(grouped([batch(["a", "z"], { signed: ["a"] }), answered("a"), answered("z")])).toEqual([
      lead("a", "z"),
    ]);
    expect(grouped([batch(["a"]), answered("a"), answered("inserted")])).toEqual([
      signed("a"),
      lead("inserted"),
    ]);
  });

  it("is a batch of a customer who has no key, is not registered, or was registered later", () => {
    const lines = [batch(["a"]), answered("a")];
    expect(grouped(lines, [], [{ ...alice, signer: null }])).toEqual([lead("a")]);
    expect(grouped(lines, [], [])).toEqual([lead("a")]);
    expect(grouped(lines, [], [{ ...alice, since: "2999-01-01T00:00:00.000Z" }])).toEqual([lead("a")]);
  });

  it("is another customer's business", () => {
    const lines = [batch(["a"]), answered("a", "bob"), answered("b", null)];
    expect(groupQueries(log(...lines), { customers: [alice], pool: [] })).toMatchObject([
      { kind: "lead", customer: "bob", queries: [q("a")] },
      { kind: "lead", customer: null, queries: [q("b")] },
    ]);
  });
});

describe("a query log", () => {
  it("gives whoever asks again the inputs, and not the answers", () => {
    const { answers, inputs } = log(answered("a"));
    expect(new TextDecoder().decode(inputs.get(q("a")))).toBe("a");
    expect(Object.keys(answers[0] ?? {}).sort()).toEqual(["changed", "customer", "line", "query", "time"]);
  });

  it("is read strictly", () => {
    const body = { customer: null, query: q("a"), input: null, answer: { label: 1 }, changed: false };
    const codes = [
      [answered("a")],
      [{ ...BEGIN, body: { ...BEGIN.body, version: 2 } }],
      [BEGIN, { type: "answer", body }],
      [BEGIN, { type: "answer", body: { ...body, input: "", answer: {} } }],
      [BEGIN, { type: "batch", body: { customer: "alice", queries: [], signature: "00".repeat(64) } }],
    ].map((lines) => codeOf(() => readQueryLog(chainBytes("queries", lines))));
    expect(codes).toEqual(Array.from({ length: 5 }, () => "QUERY_LOG_MALFORMED"));
  });
});

describe("groups that were sealed", () => {
  it("are the beginnings of what the log parts so, or else are said not to be", () => {
    const read = log(batch(["a", "b"]), answered("a"), answered("b"), answered("c"));
    const parted = groupQueries(read, { customers: [alice], pool: [] });
    const stated = (kind: QueryGroup["kind"], place: number | null, ...names: string[]): string | null =>
      partedOtherwise([{ kind, customer: "alice", batch: place, queries: names.map(q) }], parted);
    expect([stated("signed-batch", 1, "a"), stated("lead", null, "c")]).toEqual([null, null]);
    expect(stated("signed-batch", 1, "b")).toContain("no signed-batch of alice");
    expect(stated("signed-batch", 2, "c")).toContain("no signed-batch of alice");
    expect(stated("lead", null, "a")).toContain("no lead of alice");
  });
});
