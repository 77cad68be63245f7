import { localChain } from "@indicia/testkit/local-chain";
import { describe, expect, it } from "vitest";
import type { AnchorDemand } from "./anchor.js";
import { demandBeacon } from "./beacon.js";
import type { RegistrationFile } from "./registration-format.js";
import type { PlanFile } from "./plan.js";
import { isSalted, standingReasons } from "./standing.js";
import { makeSample } from "./test-support/sample-bundle.js";
import { SAMPLE_SUSPECT, SAMPLE_TIME } from "./test-support/sample-facts.js";
import { verifyBundle } from "./verify.js";

const HASH = "ab".repeat(32);
const anchor: AnchorDemand = {
  timestamps: [{ authority: "https://time.example/", qualified: false }],
  roots: [HASH],
  beacon: demandBeacon(localChain(3).chain, new Date(SAMPLE_TIME)),
};
const sample = verifyBundle(makeSample().bundle).contents.registration;
if (sample === null) throw new TypeError("the sample has a registration");
const registration: RegistrationFile = { ...sample, anchor };
const asking: PlanFile["asking"] = {
  order: "auto",
  budget: 4,
  looks: [4],
  pool: { rows: 8, sha256: HASH },
  admitted: 4,
};
const plan: PlanFile = {
  version: 1,
  kind: "indicia plan",
  created: SAMPLE_TIME,
  registration: HASH,
  chain: { entries: 1, head: HASH },
  suspect: SAMPLE_SUSPECT,
  statistics: ["readout/1"],
  level: 1e-4,
  asking,
  anchor,
};

describe("the standing", () => {
  it("is anchored where registration and plan are dated and both have a beacon", () => {
    expect(standingReasons(registration, { plan, level: 1e-4 })).toEqual([]);
  });

  it("names everything that is missing", () => {
    const bare = { ...registration, anchor: undefined };
    expect(standingReasons(bare)).toEqual([
      "the registration has no outside timestamp",
      "no public beacon salted the carrier",
      "no plan was committed before the first query",
    ]);
    expect(standingReasons(registration, { plan: { ...plan, anchor: undefined } })).toEqual([
      "the plan has no outside timestamp",
      "no public beacon drew the probes",
    ]);
    const rootless = { ...plan, anchor: { ...anchor, roots: [] } };
    expect(standingReasons(registration, { plan: rootless })).toEqual([
      "no root of trust was planned for the plan's timestamp, so that anybody may have made it",
    ]);
    expect(standingReasons(registration, { plan, level: 1e-6 })).toEqual([
      "the level is 0.000001, not the planned 0.0001",
    ]);
    const random = { ...registration, calibration: { ...registration.calibration, random: true } };
    expect(standingReasons(random, { plan })).toEqual(["the calibration data were random"]);
  });

  it("takes no round that could have been waited for", () => {
    const { beacon } = anchor;
    const hasty = { ...anchor, beacon: beacon === null ? null : { ...beacon, delay: 60 } };
    expect(standingReasons({ ...registration, anchor: hasty }, { plan })).toEqual([
      "the beacon that salted the carrier came less than an hour after the timestamp",
    ]);
    expect(isSalted({ ...registration, anchor: hasty })).toBe(false);
    expect(isSalted(registration)).toBe(true);
  });

  it("asks no beacon of a plan for an open file, which is asked nothing", () => {
    const open = { ...plan, asking: null, anchor: { ...anchor, beacon: null } };
    expect(standingReasons(registration, { plan: open })).toEqual([]);
    expect(standingReasons(registration, { plan: { ...open, asking } })).toEqual([
      "no public beacon drew the probes",
    ]);
  });
});
