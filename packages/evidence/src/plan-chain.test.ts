import { describe, expect, it } from "vitest";
import { readChain } from "./chain.js";
import { observationPlaces } from "./observation-places.js";
import type { OpenedPlan } from "./open-plan.js";
import { requirePlanFirst } from "./plan-chain.js";
import { chainBytes, type LooseLine } from "./test-support/sample-chain.js";
import { makeSample } from "./test-support/sample-bundle.js";
import { SAMPLE_TIME } from "./test-support/sample-facts.js";
import { verifyBundle } from "./verify.js";

const A = "aa".repeat(32);
const B = "bb".repeat(32);
const suspect = { protocol: "json", target: "http://suspect.example" };
const registration: LooseLine = { type: "registration", body: {} };
const plan = (sha256: string): LooseLine => ({ type: "plan", body: { sha256, suspect, timestamps: [] } });
const opened = (started: string, of?: string): LooseLine => ({
  type: "opened",
  body: { suspect, started, planned: 500, ...(of === undefined ? {} : { plan: of }) },
});
const sealed = (seal: string, started: string, of?: string): LooseLine => ({
  type: "observation",
  body: { seal, suspect, started, planned: 500, ...(of === undefined ? {} : { plan: of }) },
});
const read = (...lines: LooseLine[]) =>
  readChain(chainBytes("registration", lines), { kind: "registration" }).lines;
const seals = (...lines: LooseLine[]): (string | null)[] =>
  observationPlaces(read(...lines)).map(({ seal }) => seal);

describe("places under plans", () => {
  it("are taken by plans, examined or not, and kept for the first observation of each", () => {
    expect(seals(plan(A), plan(B), sealed("b", "1", B))).toEqual([null, "b"]);
    expect(seals(plan(A), sealed("x", "1"), sealed("a", "2", A))).toEqual(["a", "x"]);
    expect(seals(plan(A), opened("1", A), sealed("a", "1", A))).toEqual(["a"]);
  });

  it("are taken anew by every other observation under the plan", () => {
    expect(seals(plan(A), sealed("a", "1", A), sealed("b", "2", A))).toEqual(["a", "b"]);
    expect(seals(plan(A), opened("1", A), opened("2", A), sealed("b", "2", A))).toEqual([null, "b"]);
  });
});

describe("the line of a plan", () => {
  const { contents } = verifyBundle(makeSample().bundle);
  const sample = contents.observation;
  if (sample === null) throw new TypeError("the sample has an observation");
  const openedAt = (lines: ReturnType<typeof read>, entries: number): OpenedPlan => ({
    plan: {
      sha256: A,
      file: {
        version: 1,
        kind: "indicia plan",
        created: SAMPLE_TIME,
        registration: B,
        chain: { entries, head: lines[entries - 1]?.hash ?? "" },
        suspect,
        statistics: ["readout/1"],
        level: 1e-6,
        asking: null,
      },
    },
    timestamps: [],
    tokens: [],
    randomness: null,
  });
  const code = (lines: ReturnType<typeof read>, entries: number, seal: string, fresh?: string): unknown => {
    const followed = { sha256: A, draw: fresh === undefined ? 0 : 1, fresh: fresh ?? null };
    try {
      requirePlanFirst(lines, openedAt(lines, entries), { file: { ...sample, plan: followed }, seal });
      return null;
    } catch (error) {
      return (error as { code: unknown }).code;
    }
  };

  it("stands where the plan says, before all that is said of its observation", () => {
    expect(code(read(registration, plan(A), sealed("a", "1", A)), 1, "a")).toBeNull();
    expect(code(read(registration, plan(B), plan(A)), 1, "a")).toBe("PLAN_UNCOUNTED");
    expect(code(read(registration, sealed("a", "1", A), plan(A)), 2, "a")).toBe("PLAN_LATE");
    const begun: LooseLine = { type: "opened", body: { suspect: sample.suspect, started: SAMPLE_TIME } };
    expect(code(read(registration, begun, plan(A)), 2, "a")).toBe("PLAN_LATE");
  });

  it("is followed by the observation whose rows a fresh one leaves out", () => {
    const lines = read(registration, plan(A), sealed("a", "1", A), sealed("b", "2", A));
    expect(code(lines, 1, "b", "a")).toBeNull();
    expect(code(lines, 1, "b", "c")).toBe("PLAN_FRESH");
    expect(code(read(registration, plan(A), sealed("a", "1"), sealed("b", "2", A)), 1, "b", "a")).toBe(
      "PLAN_FRESH",
    );
    expect(code(read(registration, plan(A), sealed("b", "2", A), sealed("a", "1", A)), 1, "b", "a")).toBe(
      "PLAN_FRESH",
    );
  });
});
