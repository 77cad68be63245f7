import { carrierSeed } from "@indicia/proof/keys";
import { customerKey } from "@indicia/proof/customer-keys";
import { portableKeystream } from "@indicia/proof/keystream";
import { loggedKeys, tiltSigns } from "@indicia/proof/logged-carrier";
import { hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import { parseCanonical, sha256Hex } from "./canonical.js";
import { drawTrace, statisticsOfLogged, type TraceRequest } from "./draw-trace.js";
import { int16Bytes } from "./numbers.js";
import type { ObservationFile } from "./observation-format.js";
import { groupsAsStated } from "./query-groups.js";
import type { RegistrationFile } from "./registration-format.js";
import { makeSample } from "./test-support/sample-bundle.js";
import type { TraceFile } from "./trace-formats.js";

const SAMPLE = makeSample();
const { files } = readBundle(SAMPLE.bundle);
const file = (name: string): unknown => parseCanonical(files.get(name) ?? new Uint8Array(0));
const registration = file("registration/registration.json") as RegistrationFile;
const observation = file("observation/observation.json") as ObservationFile;
const sealed = new Map([...files].map(([name, bytes]) => [name.replace(/^observation\//, ""), bytes]));

const CLASSES = 4;
const QUERIES: readonly string[] = Array.from({ length: 48 }, (_, i) =>
  sha256Hex(new TextEncoder().encode(`query ${i}`)),
);
const WRONG_KEYS = 4000;
const numbered = (number: number): Uint8Array => {
  const key = new Uint8Array(32);
  new DataView(key.buffer).setUint32(0, number, false);
  return key;
};
const gatewaySeed = (number: number): Uint8Array => carrierSeed(numbered(number), new Uint8Array(32));
const customerSeed = (number: number, id: string): Uint8Array =>
  carrierSeed(customerKey(numbered(number), id), new Uint8Array(32));

/** Answers to logged queries that hold the tilt of a seed, and nothing else. */
function draw(
  planted: Uint8Array,
  { customer, number }: { readonly customer: string | null; readonly number: number },
): TraceFile {
  const { tilt } = loggedKeys(planted);
  const signs = QUERIES.flatMap((query) => [...tiltSigns(tilt, hexToBytes(query), CLASSES)]);
  const groups = [
    {
      kind: "committed-pool",
      customer,
      batch: 1,
      queries: QUERIES,
      lost: 0,
      residuals: [{ statistic: "log-ratio, raw", file: "r.i16" }],
      labels: "l.i32",
    } as const,
  ];
  const request: TraceRequest = {
    registration: { file: registration, commitment: SAMPLE.commitment },
    observation: { file: { ...observation, looks: [] }, seal: SAMPLE.seal, files: sealed },
    logged: {
      file: {
        access: observation.access,
        asked: QUERIES.length,
        classes: CLASSES,
        groups,
        log: { head: "00".repeat(32), lines: 1 },
        started: observation.started,
      },
      seal: "00".repeat(32),
      groups: groupsAsStated(groups),
      files: new Map([
        ["r.i16", int16Bytes(Int16Array.from(signs, (sign) => 1000 * sign))],
        ["l.i32", new Uint8Array(4 * 3 * QUERIES.length)],
      ]),
    },
    loggedStatistics: statisticsOfLogged(registration),
    register: {
      registration: SAMPLE.commitment,
      entries: ["carol", "dave"].map((id) => ({
        id,
        since: "2025-01-01T00:00:00.000Z",
        committed: "00".repeat(32),
        signer: null,
      })),
      head: "00".repeat(32),
      heads: [],
    },
    account: { customer },
    keys: { seed: gatewaySeed(number), customer: (id) => customerSeed(number, id) },
    subKey: 1,
    position: 1,
    level: 1e-6,
    decoyKeys: 0,
    keystream: portableKeystream,
    concluded: "2025-03-02T00:00:00.000Z",
  };
  return drawTrace(request);
}

describe("an examination of one account", () => {
  it("finds what was answered to that account, pays for every one there could be, and names no other", () => {
    const planted = customerSeed(0, "carol");
    const found = draw(planted, { customer: "carol", number: 0 });
    expect(found).toMatchObject({
      verdict: "match",
      named: ["carol"],
      account: { customer: "carol" },
      tested: 1,
    });
    expect(found.customers[0]?.witnesses[0]).toMatchObject({
      mark: "logged",
      T: expect.closeTo(Math.sqrt(48 * CLASSES), 9) as number,
    });
    expect(found.customers[0]?.witnesses[0]?.corrections).toContainEqual(
      expect.objectContaining({ name: "customers in the register", factor: 3 }),
    );
    expect(draw(planted, { customer: "dave", number: 0 })).toMatchObject({
      verdict: "inconclusive",
      named: [],
    });
  });

  it("finds the gateway's own mark where it tells no customers apart", () => {
    const planted = gatewaySeed(0);
    const found = draw(planted, { customer: null, number: 0 });
    expect(found).toMatchObject({ verdict: "match", named: [], customers: [], account: { customer: null } });
    expect(found.claim).toMatch(/^rejects .* from the gateway's own key$/);
    expect(draw(planted, { customer: null, number: 1 }).verdict).toBe("inconclusive");
  });

  it.each([["carol"], [null]])("keeps its bound under thousands of wrong keys, for %j", (customer) => {
    const planted = customer === null ? gatewaySeed(0) : customerSeed(0, customer);
    const values: number[] = [];
    for (let number = 1; number <= WRONG_KEYS; number++) {
      const { customers, gateway, verdict } = draw(planted, { customer, number });
      expect(verdict).toBe("inconclusive");
      const tilt = [...(customers[0]?.witnesses ?? []), ...gateway].find(({ statistic }) =>
        statistic.startsWith("tilt"),
      );
      values.push(tilt?.T ?? Number.NaN);
    }
    // Mean and deviation within four of their errors.
    const mean = values.reduce((sum, each) => sum + each, 0) / WRONG_KEYS;
    const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / WRONG_KEYS;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(WRONG_KEYS));
    expect(Math.abs(variance - 1)).toBeLessThan(4 * Math.sqrt(2 / WRONG_KEYS));
    for (const t of [1, 1.5, 2, 2.5, 3, 3.5]) {
      const bound = WRONG_KEYS * Math.exp((-t * t) / 2);
      expect(values.filter((value) => value >= t).length).toBeLessThan(bound + 4 * Math.sqrt(bound));
    }
  });
});
