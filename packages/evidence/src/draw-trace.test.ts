import { portableKeystream } from "@indicia/proof/keystream";
import { decoySeed } from "@indicia/proof/decoys";
import { readoutCarrier } from "@indicia/proof/carrier";
import { describe, expect, it } from "vitest";
import { parseCanonical, sha256Hex } from "./canonical.js";
import type { CustomerEntry } from "./customers.js";
import { readBundle } from "./bundle.js";
import { drawTrace, type TraceRequest } from "./draw-trace.js";
import type { ObservationFile } from "./observation-format.js";
import type { RegistrationFile } from "./registration-format.js";
import type { SealedLogged } from "./logged-formats.js";
import { int16Bytes } from "./numbers.js";
import type { PlanFile } from "./plan.js";
import { makeSample } from "./test-support/sample-bundle.js";

const SAMPLE = makeSample();
const { files } = readBundle(SAMPLE.bundle);
const file = (name: string): unknown => parseCanonical(files.get(name) ?? new Uint8Array(0));
const registration = file("registration/registration.json") as RegistrationFile;
const observation = file("observation/observation.json") as ObservationFile;
const customer = (id: string, since: string): CustomerEntry => ({
  id,
  since,
  committed: sha256Hex(new TextEncoder().encode(id)),
  signer: null,
});
const EARLY = customer("early", "2025-01-01T00:00:00.000Z");
const LATE = customer("late", "2025-03-01T12:30:00.000Z");
const seedOf = (id: string): Uint8Array => decoySeed(new Uint8Array(32).fill(4), id.length);

const PLAN: PlanFile = {
  version: 1,
  kind: "indicia plan",
  created: "2025-03-01T00:00:00.000Z",
  registration: SAMPLE.commitment,
  chain: { entries: 1, head: "00".repeat(32) },
  suspect: observation.suspect,
  statistics: ["readout/1"],
  level: 1e-6,
  asking: null,
};

/** The sample's observation, with nothing but the late customer's carrier in the place of what was seen. */
function requestOf(change: Partial<ObservationFile> = {}): TraceRequest {
  const sealed = new Map([...files].map(([name, bytes]) => [name.replace(/^observation\//, ""), bytes]));
  const planted = readoutCarrier(seedOf("late"), 40, 10, portableKeystream);
  sealed.set("planted.i16", int16Bytes(Int16Array.from(planted, (sign) => 1000 * sign)));
  const carrier = { scheme: "readout/1", rows: 40, columns: 10 } as const;
  const formed = { residual: "log-ratio", shaping: "raw", map: null };
  const residuals = [{ id: "planted", carrier, file: "planted.i16", formed }];
  const looks = [{ probes: 6, lost: 0, residuals }];
  return {
    registration: { file: registration, commitment: SAMPLE.commitment },
    observation: { file: { ...observation, looks, ...change }, seal: SAMPLE.seal, files: sealed },
    logged: null,
    loggedStatistics: 0,
    register: {
      registration: SAMPLE.commitment,
      entries: [EARLY, LATE],
      head: "00".repeat(32),
      heads: [],
    },
    keys: { seed: new Uint8Array(32).fill(1), customer: seedOf },
    subKey: 1,
    position: 1,
    level: 1e-6,
    decoyKeys: 0,
    keystream: portableKeystream,
    concluded: "2025-03-02T00:00:00.000Z",
  };
}

const tested = (request: TraceRequest): string[] => drawTrace(request).customers.map((each) => each.customer);

describe("a trace", () => {
  it("tries nobody who was entered after the observation began, and pays for all of them", () => {
    expect(tested(requestOf())).toEqual(["early"]);
    expect(tested(requestOf({ started: LATE.since }))).toEqual(["late", "early"]);
    expect(drawTrace(requestOf()).customers[0]?.witnesses[0]?.corrections).toContainEqual(
      expect.objectContaining({ name: "customers in the register", factor: 2 }),
    );
  });

  it("tries nobody who was entered after the first of the logged queries was asked", () => {
    const request = requestOf({ started: LATE.since });
    const { suspect, access } = observation;
    const logged: SealedLogged = {
      file: {
        version: 1,
        kind: "indicia logged observation",
        registration: SAMPLE.commitment,
        reference: "22".repeat(32),
        suspect,
        access,
        answers: { decimals: null, topK: null },
        log: { head: "00".repeat(32), lines: 1 },
        classes: 3,
        doubtfulBelow: 0,
        asked: 0,
        groups: [],
        files: {},
        transcript: { entries: 0, root: "00".repeat(32) },
        started: "2025-02-01T00:00:00.000Z",
        finished: LATE.since,
      },
      seal: "00".repeat(32),
      files: new Map(),
      groups: [],
    };
    expect(tested({ ...request, logged })).toEqual(["early"]);
  });

  it("says what is left where names of customers could have been tried out beforehand", () => {
    const [first] = drawTrace(requestOf({ started: LATE.since })).customers;
    expect(first?.customer).toBe("late");
    expect(first?.log10PIdeal).toBeLessThan(0);
    expect(first?.log10PGround).toBeCloseTo((first?.log10PIdeal ?? 0) + 40 * Math.log10(2), 9);
    expect(drawTrace(requestOf()).standingReasons.join()).toMatch(/no plan .*names could be chosen/);
    const plan = { sha256: "ab".repeat(32), draw: 0, fresh: null };
    const planned = drawTrace({ ...requestOf({ plan }), plan: PLAN });
    expect(planned.plan).toEqual(plan);
    expect(planned.standingReasons.join()).not.toContain("no plan");
    expect(planned.standingReasons).toContain("the plan has no outside timestamp");
  });
});
