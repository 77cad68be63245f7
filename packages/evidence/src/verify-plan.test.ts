import { localAuthority } from "@indicia/testkit/local-authority";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { beforeAll, describe, expect, it } from "vitest";
import { BEACON_DELAY } from "./beacon.js";
import { makeBundle, readBundle } from "./bundle.js";
import { sha256Hex } from "./canonical.js";
import { observerBytes, observerOf } from "./observer.js";
import { chainBytes } from "./test-support/sample-chain.js";
import { makeSample, type Sample, sampleCounted } from "./test-support/sample-bundle.js";
import { SAMPLE_SEED, SAMPLE_TIME } from "./test-support/sample-facts.js";
import { makePlannedSample, type PlanChanges, type PlanGiven } from "./test-support/sample-plan.js";
import { verifyBundle } from "./verify.js";

const HOUR = 3_600_000;
const OTHER = "ab".repeat(32);

/** Whoever plans without an outside clock or a beacon of the registration: its steps have tests of their own. */
let owner: PlanGiven;
let sample: Sample;
let files: ReadonlyMap<string, Uint8Array>;
beforeAll(async () => {
  owner = { anchored: false, authority: await localAuthority() };
  sample = await makePlannedSample({ format: 2 });
  ({ files } = readBundle(sample.bundle));
});

function firstFailure(bundle: Uint8Array): string {
  const found = verifyBundle(bundle).checks.find(({ status }) => status === "failed");
  return found === undefined ? "verified" : `${found.name}: ${found.code}`;
}

/** First failure once the owner put other files into the bundle, or took some out, and signed it again. */
function changed(changes: Readonly<Record<string, Uint8Array | null>>): string {
  const all = new Map(files);
  for (const [name, bytes] of Object.entries(changes)) {
    if (bytes === null) all.delete(name);
    else all.set(name, bytes);
  }
  return firstFailure(makeBundle(all, SAMPLE_SEED));
}

const text = (name: string): string => new TextDecoder().decode(files.get(name));
const edited = (name: string, from: RegExp, to: string): Record<string, Uint8Array> => {
  expect(text(name)).toMatch(from);
  return { [name]: utf8ToBytes(text(name).replace(from, to)) };
};

describe("a planned bundle", () => {
  it("verifies, is anchored, and says in its report what was planned and drawn", () => {
    const report = verifyBundle(sample.bundle, { disclosure: sample.disclosure });
    expect(report.checks.filter(({ status }) => status !== "passed")).toEqual([]);
    expect(report.contents.conclusion).toMatchObject({ standing: "anchored", standingReasons: [] });
    const plan = report.checks.find(({ name }) => name === "plan");
    expect(plan?.detail).toMatch(/line 3 of the chain; dated 2025-03-01T12:00:00.000Z .*admits \(draw 1\)$/);
    const html = text("report.html");
    expect(html).toMatch(/admits 7 of 8 rows of the pool; draw 1/);
    expect(html).toMatch(/planned root &quot;CN=Local Timestamps Root&quot;/);
    expect(text("custody.jsonl").match(/"type":"(planned|drawn)"/g)).toHaveLength(2);
    expect(text("statement.json")).toContain('"name":"plan/plan.json"');
  });

  it("fails with a code of its own where a document of its plan is altered, missing or too many", () => {
    expect(changed(edited("plan/plan.json", /"level":0.000001/, '"level":0.05'))).toBe(
      "plan: TIMESTAMP_IMPRINT",
    );
    expect(changed({ "plan/plan.json": utf8ToBytes("{}") })).toBe("plan: PLAN_MALFORMED");
    expect(changed({ "plan/plan.json": null })).toBe("plan: PLAN_UNEXPECTED");
    expect(changed({ "plan/note.txt": utf8ToBytes("trust me") })).toBe("plan: PLAN_UNEXPECTED");
    expect(changed({ "plan/timestamps/0.tsr": null })).toBe("plan: TIMESTAMP_MISSING");
    expect(changed({ "plan/timestamps/roots.pem": null })).toBe("plan: TIMESTAMP_CHAIN");
    expect(changed({ "plan/beacon.json": null })).toBe("plan: BEACON_MISSING");
    expect(changed(edited("plan/beacon.json", /"round":\d+/, '"round":1'))).toBe("plan: BEACON_ROUND");
    expect(changed(edited("plan/beacon.json", /"signature":"\w{9}/, '"signature":"111111111'))).toBe(
      "plan: BEACON_SIGNATURE",
    );
    const gone = [...files.keys()].filter((name) => name.startsWith("plan/"));
    expect(changed(Object.fromEntries(gone.map((name) => [name, null])))).toBe("plan: PLAN_MISSING");
    expect(changed({ "observation/observer.json": utf8ToBytes("{}") })).toBe("observer: OBSERVER_MALFORMED");
  });
});

/** A row that was not drawn. */
function rest(drawn: readonly number[]): number {
  return [0, 1, 2, 3, 4, 5, 6, 7].find((row) => !drawn.includes(row)) ?? -1;
}

/** Rows for six probes on a boundary. */
function pairs(drawn: readonly number[]): readonly number[] {
  return Array.from({ length: 6 }, (_, i) => drawn[i % drawn.length] ?? 0);
}

describe("what its own maker made false", () => {
  const late = new Date(Date.parse(SAMPLE_TIME) + HOUR);
  const cases: [string, PlanChanges, string][] = [
    [
      "a plan for another suspect",
      { file: { suspect: { protocol: "json", target: "http://other.example" } } },
      "PLAN_OTHER_SUSPECT",
    ],
    [
      "a plan for another model there",
      { file: { suspect: { protocol: "json", target: "http://suspect.example", model: "m" } } },
      "PLAN_OTHER_SUSPECT",
    ],
    ["a plan under another registration", { file: { registration: OTHER } }, "PLAN_OTHER_REGISTRATION"],
    ["another pool", { asking: { pool: { rows: 8, sha256: OTHER } } }, "PLAN_OTHER_POOL"],
    ["other statistics", { file: { statistics: ["weights/1"] } }, "PLAN_STATISTICS"],
    ["a plan made after asking began", { file: { created: "2025-03-01T12:00:01.000Z" } }, "PLAN_LATE"],
    ["a plan dated after asking began", { dated: new Date(Date.parse(SAMPLE_TIME) + 60_000) }, "PLAN_LATE"],
    ["a plan dated too late for its round", { dated: late }, "TIMESTAMP_LATE"],
    [
      "a round that need not come an hour later",
      { beacon: { delay: BEACON_DELAY - 1 } },
      "PLAN_BEACON_EARLY",
    ],
    ["a round that was published before", { beacon: { round: 1 } }, "PLAN_BEACON_EARLY"],
    ["probes that were not drawn", { rows: (drawn) => [...drawn.slice(0, 5), rest(drawn)] }, "PLAN_DRAW"],
    ["a probe asked twice", { rows: (drawn) => [...drawn.slice(0, 5), drawn[0] ?? 0] }, "PLAN_DRAW"],
    ["rows of fewer probes", { rows: (drawn) => drawn.slice(0, 5) }, "PLAN_DRAW"],
    ["a boundary that was not planned", { probes: { rule: "boundary" } }, "PLAN_PROBES"],
    ["more rows than planned", { asking: { budget: 5, looks: [5] } }, "PLAN_BUDGET"],
    ["an end before the planned one", { asking: { budget: 7, looks: [7] } }, "PLAN_LOOKS"],
    ["other looks than those of its budget", { asking: { looks: [3, 6] } }, "PLAN_LOOKS"],
    [
      "fresh probes of an observation that was never counted",
      {
        asking: { admitted: 4, order: "boundary", budget: 6 },
        probes: { rule: "boundary" },
        rows: pairs,
        followed: { draw: 1, fresh: OTHER },
      },
      "PLAN_FRESH",
    ],
  ];
  it.each(cases)("fails for %s", async (_, tampered, code) => {
    const { bundle } = await makePlannedSample({}, tampered, owner);
    expect(firstFailure(bundle)).toBe(`plan: ${code}`);
  });

  it("fails where the observation names another plan, or the conclusion another level", async () => {
    const named = await makePlannedSample({}, { followed: { sha256: OTHER } }, owner);
    expect(firstFailure(named.bundle)).toBe("plan: PLAN_OTHER");
    const level = await makePlannedSample({ conclusion: { level: 1e-4 } }, {}, owner);
    expect(firstFailure(level.bundle)).toBe("conclusion: PLAN_LEVEL");
    const silent = await makePlannedSample({ conclusion: { plan: undefined } }, {}, owner);
    expect(firstFailure(silent.bundle)).toBe("conclusion: CONCLUSION_DISAGREES");
  });

  it("fails where the chain does not hold the plan", async () => {
    const none = await makePlannedSample(
      {
        registrationChain: (commitment, seal) =>
          chainBytes("registration", [{ type: "registration", body: { commitment } }, sampleCounted(seal)]),
      },
      {},
      owner,
    );
    expect(firstFailure(none.bundle)).toBe("plan: PLAN_UNCOUNTED");
  });
});

describe("an observer", () => {
  const seed = new Uint8Array(32).fill(9);
  const observer = observerOf("Dr Example", seed);
  const signed = (by: Uint8Array) => (all: Map<string, Uint8Array>) => {
    const seal = sha256Hex(all.get("observation/observation.json") ?? new Uint8Array(0));
    all.set("observation/observer.json", observerBytes(seal, by));
  };

  it("is named where another key than the owner's signed the seal", () => {
    const observed = makeSample({ format: 2, observation: { observer }, files: signed(seed) });
    const { verified, contents } = verifyBundle(observed.bundle);
    expect([verified, contents.conclusion?.observer]).toEqual([true, observer]);
    const limits = contents.conclusion?.limits.join() ?? "";
    expect(limits).toContain(`Observed by "Dr Example", who signed the seal with the key ${observer.signer}`);
    expect(limits).not.toContain("honest transcript");
    const read = (name: string): string =>
      new TextDecoder().decode(readBundle(observed.bundle).files.get(name));
    expect(read("report.html")).toContain("is the word of Dr Example, who signed the seal");
    expect(read("custody.jsonl").match(/"by":"Dr Example, who signed the seal"/g)).toHaveLength(2);
  });

  it("is no other party where it is the owner", () => {
    const own = observerOf("Dr Example", SAMPLE_SEED);
    const { checks, contents } = verifyBundle(
      makeSample({ observation: { observer: own }, files: signed(SAMPLE_SEED) }).bundle,
    );
    expect(contents.conclusion?.limits.join()).toContain("honest transcript");
    expect(checks.find(({ name }) => name === "observer")?.detail).toContain("the owner's own key");
  });

  it("is refused where it did not sign, signed something else, or a limit was left out", () => {
    const by = (given: Uint8Array): string =>
      firstFailure(makeSample({ observation: { observer }, files: signed(given) }).bundle);
    expect(by(SAMPLE_SEED)).toBe("observer: OBSERVER_SIGNATURE");
    expect(firstFailure(makeSample({ observation: { observer } }).bundle)).toBe(
      "observer: OBSERVER_MALFORMED",
    );
    expect(firstFailure(makeSample({ files: signed(seed) }).bundle)).toBe("observer: OBSERVER_MALFORMED");
    expect(firstFailure(makeSample({ conclusion: { limits: [] } }).bundle)).toBe(
      "conclusion: CONCLUSION_DISAGREES",
    );
  });
});
