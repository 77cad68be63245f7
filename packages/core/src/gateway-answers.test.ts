import { rmSync } from "node:fs";

import path from "node:path";
import { openModel } from "@indicia/onnx/open";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportGatewayKey, gatewayKeys, importGatewayKey } from "./gateway-keys.js";
import { markModel } from "./mark.js";
import { readFeatures } from "./marks/readout/features.js";
import { registeredSeed } from "./registration-keys.js";
import { type Claim, claimOf, OWNER_KEY, registered } from "./test-support/claim.js";
import { servedTo } from "./test-support/logged.js";

let claim: Claim;
beforeAll(async () => {
  claim = await claimOf({ features: 32, classes: 8 });
});
afterAll(() => rmSync(claim.folder, { recursive: true }));

/** How far apart two lists of numbers are at most. */
function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return most;
}

async function outputsOf(file: string): Promise<Float64Array> {
  const { readout } = claim.registration.file;
  if ("refusal" in readout) throw new TypeError("a tiny classifier has a read-out");
  return (await readFeatures(file, readout, claim.pool)).outputs;
}

describe("a customer's mark", () => {
  it("is the same in a gateway's answers as in the customer's own copy", async () => {
    const out = path.join(claim.folder, "alice.onnx");
    const model = openModel(claim.reference);
    const keys = gatewayKeys(claim.registration, OWNER_KEY);
    await markModel({
      model,
      modelPath: claim.reference,
      registration: claim.registration,
      seed: registeredSeed(claim.registration, OWNER_KEY, 0),
      readoutSeed: keys.customer("alice"),
      calibration: claim.calibration,
      weights: "off",
      readout: 0.2,
      labelBudget: 0.05,
      payload: null,
      out,
    }).finally(() => model.close());
    const copy = await outputsOf(out);
    const answered = async (customer: string): Promise<Float64Array> => {
      const { answers } = await servedTo(claim, claim.pool, { customer, strength: 0.2, tilt: 0 });
      return Float64Array.from([...answers.values()].flatMap((row) => [...row]));
    };
    expect(apart(await answered("alice"), copy)).toBeLessThan(1e-5);
    expect(apart(await answered("bob"), copy)).toBeGreaterThan(0.01);
    expect(apart(await outputsOf(claim.reference), copy)).toBeGreaterThan(0.01);
  });
});

describe("answers of a gateway", () => {
  it("to the same query are the same, and the key changes no more labels when it comes again", async () => {
    const { marker, queries, answers, changed } = await servedTo(claim, claim.pool);
    const { readout } = claim.registration.file;
    if ("refusal" in readout) throw new TypeError("a tiny classifier has a read-out");
    const read = await readFeatures(claim.reference, readout, claim.pool);
    const again = marker(read, queries, "alice");
    expect(apart(again.outputs, Float64Array.from([...answers.values()].flatMap((row) => [...row])))).toBe(0);
    expect(again.changed.filter(Boolean)).toHaveLength(changed);
  });

  it("without a mark are the model's own", async () => {
    const { answers } = await servedTo(claim, claim.pool, { strength: 0, tilt: 0 });
    const plain = await outputsOf(claim.reference);
    expect(apart(Float64Array.from([...answers.values()].flatMap((row) => [...row])), plain)).toBeLessThan(
      1e-6,
    );
  });

  it("differ by no more than the tilt, but where a label was changed", async () => {
    const { answers, changed } = await servedTo(claim, claim.pool, { tilt: 0.05 });
    const plain = await outputsOf(claim.reference);
    const moved = [...answers.values()].filter((row, i) =>
      row.some((p, c) => Math.abs(Math.log(p / (plain[i * row.length + c] ?? 0))) > 0.1001),
    );
    expect(moved.length).toBeLessThanOrEqual(changed);
  });
});

describe("the gateway's key", () => {
  it("gives the same seeds from what was exported as from the owner key, which it does not hold", () => {
    const exported = exportGatewayKey(claim.registration, OWNER_KEY);
    const [one, other] = [
      importGatewayKey(claim.registration, exported),
      gatewayKeys(claim.registration, OWNER_KEY),
    ];
    expect(one.seed).toEqual(other.seed);
    expect(one.customer("alice")).toEqual(other.customer("alice"));
    expect(one.commitment("alice")).toBe(other.commitment("alice"));
    expect(Buffer.from(exported).includes(Buffer.from(OWNER_KEY).toString("hex"))).toBe(false);
  });

  it("is refused where it is another owner's, another registration's, or damaged", async () => {
    const exported = exportGatewayKey(claim.registration, OWNER_KEY);
    const bytes = new Uint8Array(Buffer.from("another model"));
    const text = new TextDecoder().decode(exported);
    const other = await registered(
      { path: claim.reference, bytes },
      { calibration: claim.calibration, pool: claim.pool },
    );
    const codes = await Promise.all(
      [
        () => importGatewayKey(other, exported),
        () =>
          importGatewayKey(
            claim.registration,
            new TextEncoder().encode(text.replace('"index":1', '"index":2')),
          ),
        () => importGatewayKey(claim.registration, exported.slice(0, -1)),
        () => gatewayKeys(claim.registration, new Uint8Array(32)),
      ].map(thrownCode),
    );
    expect(codes).toEqual(Array.from({ length: 4 }, () => "WRONG_KEY"));
  });
});
