import { carrierSalt } from "@indicia/proof/keys";
import { localAuthority } from "@indicia/testkit/local-authority";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { beforeAll, describe, expect, it } from "vitest";
import { makeBundle, readBundle } from "./bundle.js";
import { canonicalBytes, parseCanonical } from "./canonical.js";
import { makeDisclosure } from "./disclosure.js";
import type { RegistrationFile } from "./registration-format.js";
import { groundKeys } from "./test-support/ground-keys.js";
import { makeAnchoredSample } from "./test-support/sample-anchor.js";
import { makeSample, type Sample } from "./test-support/sample-bundle.js";
import { SAMPLE_SEED, SAMPLE_SUB_KEYS, SAMPLE_TIME } from "./test-support/sample-facts.js";
import { sampleTranscript } from "./test-support/sample-transcript.js";
import { makePlannedSample, type PlanChanges, type PlanGiven } from "./test-support/sample-plan.js";
import { verifyBundle } from "./verify.js";

/** Each attack of docs/false-claims.md that a bundle can show, by its name there, made by an owner who signs anything. */
let anchored: Sample;
let files: ReadonlyMap<string, Uint8Array>;
let planner: PlanGiven;
beforeAll(async () => {
  anchored = await makeAnchoredSample({ format: 2 });
  ({ files } = readBundle(anchored.bundle));
  planner = { anchored: false, authority: await localAuthority() };
});

function firstFailure(bundle: Uint8Array, disclosure: Uint8Array | null = null): string {
  const { checks } = verifyBundle(bundle, disclosure === null ? {} : { disclosure });
  const found = checks.find(({ status }) => status === "failed");
  return found === undefined ? "verified" : `${found.name}: ${found.code}`;
}

const standing = (bundle: Uint8Array): readonly string[] =>
  verifyBundle(bundle).contents.conclusion?.standingReasons ?? [];

/** The anchored bundle with another registration in it, signed again. */
function registered(change: (file: RegistrationFile) => Partial<RegistrationFile>): string {
  const name = "registration/registration.json";
  const file = parseCanonical(files.get(name) ?? new Uint8Array(0)) as RegistrationFile;
  const changed = new Map(files).set(name, canonicalBytes({ ...file, ...change(file) }));
  return firstFailure(makeBundle(changed, SAMPLE_SEED));
}

async function planned(changes: PlanChanges): Promise<string> {
  return firstFailure((await makePlannedSample({}, changes, planner)).bundle);
}

const OTHER = "ab".repeat(32);
const data = { rows: 8, sha256: OTHER, random: false };
const start = Date.parse(SAMPLE_TIME);

describe("keys and clocks", () => {
  it("late key: exploratory, and nothing is left of p once the keys that could be tried are counted", () => {
    const { bundle } = makeSample();
    expect(standing(bundle)).toContain("no public beacon salted the carrier");
    expect(verifyBundle(bundle).contents.conclusion?.log10PGround).toBe(0);
    const { lnP, lnPGround } = groundKeys(1000);
    expect(lnP).toBeLessThan(-4);
    expect(lnPGround).toBe(0);
  });

  it("own back-dated clock: exploratory without an outside root", async () => {
    const old = { created: "2015-03-01T12:00:00.000Z" };
    expect(standing(makeSample({ registration: old }).bundle)).toContain(
      "the registration has no outside timestamp",
    );
    expect(registered(() => old)).toBe("timestamps: TIMESTAMP_IMPRINT");
  });

  it("varied token bytes: another token gives no other carrier", () => {
    const name = "registration/timestamps/0.tsr";
    const token = files.get(name) ?? new Uint8Array(0);
    const longer = new Uint8Array(token.length + 1);
    longer.set(token);
    expect(firstFailure(makeBundle(new Map(files).set(name, longer), SAMPLE_SEED))).toMatch(
      /^timestamps: (TIMESTAMP_MALFORMED|CERTIFICATE_MALFORMED|REGISTRATION_CHAIN)$/,
    );
    // Commitment and randomness are all that the salt is made of.
    expect(carrierSalt.length).toBe(2);
    const salt = (randomness: number): Uint8Array =>
      carrierSalt(hexToBytes(anchored.commitment), new Uint8Array(32).fill(randomness));
    expect(salt(1)).toEqual(salt(1));
    expect(salt(1)).not.toEqual(salt(2));
  });

  it("a ground sub-key at disclosure: not under the registered root, or not the one that was used", () => {
    const ground = SAMPLE_SUB_KEYS.map((key) => Uint8Array.from(key, (byte) => byte + 100));
    const { bundle, commitment } = anchored;
    expect(firstFailure(bundle, makeDisclosure(commitment, ground, 0))).toBe("disclosure: SUB_KEY_UNPROVEN");
    expect(firstFailure(bundle, makeDisclosure(commitment, SAMPLE_SUB_KEYS, 1))).toBe(
      "disclosure: DISCLOSURE_OTHER_SUB_KEY",
    );
  });
});

describe("what is fitted afterwards", () => {
  it("late reference fitted to a victim: the dated commitment names another", () => {
    expect(registered(({ reference }) => ({ reference: { ...reference, sha256: OTHER } }))).toBe(
      "timestamps: TIMESTAMP_IMPRINT",
    );
  });

  it("shadows or calibration data fitted to the carrier: the dated commitment names others", () => {
    expect(registered(() => ({ calibration: data }))).toBe("timestamps: TIMESTAMP_IMPRINT");
    const parameters = { shaping: "shaping/2", probes: "probes/2", decoyKeys: 200, level: 1e-6 } as const;
    expect(registered(() => ({ shadows: [OTHER, "cd".repeat(32)], parameters }))).toBe(
      "timestamps: TIMESTAMP_IMPRINT",
    );
    const basis = new Map(files).set("registration/basis.f64", utf8ToBytes("basis of the owner's choice"));
    expect(firstFailure(makeBundle(basis, SAMPLE_SEED))).toBe("registration: REGISTRATION_BASIS");
  });
});

describe("answers", () => {
  it("invented answers: every conclusion says what it is conditional on, and cannot leave it out", () => {
    const said = verifyBundle(anchored.bundle).contents.conclusion?.limits ?? [];
    expect(said.join()).toContain("Conditional on an honest transcript");
    const limits = said.filter((limit) => !limit.includes("honest transcript"));
    const { bundle, disclosure } = makeSample({ conclusion: { limits } });
    expect(firstFailure(bundle, disclosure)).toBe("conclusion: CONCLUSION_DISAGREES");
  });

  it("a replayed transcript from another model: recorded under another registration, or for another suspect", async () => {
    const replayed = makeSample({ transcript: () => sampleTranscript(OTHER) });
    expect(firstFailure(replayed.bundle)).toBe("transcript: TRANSCRIPT_OTHER_REGISTRATION");
    const suspect = { protocol: "json", target: "http://other.example" };
    expect(await planned({ file: { suspect } })).toBe("plan: PLAN_OTHER_SUSPECT");
  });
});

describe("probes and looks", () => {
  const own = (drawn: readonly number[]): number[] => [
    ...drawn.slice(0, 5),
    [0, 1, 2, 3, 4, 5, 6, 7].find((row) => !drawn.includes(row)) ?? -1,
  ];

  it.each<[string, PlanChanges, string]>([
    ["probes where marked and reference labels differ: not drawn", { rows: own }, "PLAN_DRAW"],
    ["late probes: planned after asking began", { dated: new Date(start + 60_000) }, "PLAN_LATE"],
    ["selected probes: the worst left out", { rows: (drawn) => drawn.slice(0, 5) }, "PLAN_DRAW"],
    ["selected probes: drawn by a round known before", { beacon: { round: 1 } }, "PLAN_BEACON_EARLY"],
    ["selected looks: stopped where it looked best", { asking: { budget: 7, looks: [7] } }, "PLAN_LOOKS"],
    ["selected looks: others than those of the budget", { asking: { looks: [3, 6] } }, "PLAN_LOOKS"],
    [
      "transferable adversarial probes: not of the registered pool",
      { asking: { pool: { rows: 8, sha256: OTHER } } },
      "PLAN_OTHER_POOL",
    ],
  ])("%s", async (_, changes, code) => {
    expect(await planned(changes)).toBe(`plan: ${code}`);
  });

  it("without a plan nothing of this can be shown, and the standing says so", () => {
    expect(standing(anchored.bundle)).toContain("no plan was committed before the first query");
  });
});
