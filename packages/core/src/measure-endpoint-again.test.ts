import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { toFloat64 } from "@indicia/onnx/tensor";
import { measureAnswers } from "@indicia/evidence/measure-answers";
import { measureShadows, SHADOW_FILES } from "@indicia/evidence/measure-shadows";
import { float64Bytes } from "@indicia/evidence/numbers";
import { answerResiduals } from "@indicia/proof/answer-residual";
import { readoutCarrier } from "@indicia/proof/carrier";
import { tinyStudent } from "@indicia/testkit/tiny-student";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RecordedRequests } from "./held-requests.js";
import { nodeKeystream } from "./keystream-node.js";
import { type MeasuredAgain, measureEndpointAgain } from "./measure-endpoint-again.js";
import { type SealedObservation, sealObservation } from "./observation.js";
import { join } from "./probes/pool.js";
import type { BlackBoxSuspect } from "./suspect.js";
import {
  type Claim,
  claimOf,
  concluded,
  digest,
  interruptedFirst,
  labelOf,
  observed,
  servedSuspect,
  STUDENT,
} from "./test-support/claim.js";
import { sealedTable } from "./test-support/sealed-table.js";

const BUDGET = 200;
let claim: Claim;
let student: string;
beforeAll(async () => {
  claim = await claimOf({ features: 48, classes: 12, readout: 0.3, shadows: 2 });
  student = path.join(claim.folder, "innocent.onnx");
  writeFileSync(student, tinyStudent(readFileSync(claim.reference), { seed: 78, ...STUDENT }));
});
afterAll(() => rmSync(claim.folder, { recursive: true }));

const again = (sealed: SealedObservation, requests?: RecordedRequests): Promise<MeasuredAgain> =>
  measureEndpointAgain({
    ...(requests === undefined ? {} : { requests }),
    registration: claim.registration,
    referencePath: claim.reference,
    pool: claim.pool,
    shadows: claim.shadows,
    budget: BUDGET,
    sealed,
  });

async function seen(file: string, show?: typeof labelOf): Promise<SealedObservation> {
  const suspect = await servedSuspect(file, show);
  const observation = await observed(claim, suspect, { budget: BUDGET });
  await suspect.close();
  return observation;
}

/**
 * What the owner could seal with his key at hand: an honest transcript beside coordinates in which the residual of
 * whoever was asked is his carrier.
 */
function forged(honest: SealedObservation): SealedObservation {
  const table = sealedTable(claim, honest);
  const { dimensions: k, classes: m, probes: n } = table;
  const carrier = readoutCarrier(claim.seed, k, m, nodeKeystream);
  const phi = Float64Array.from(table.phi);
  const rows = answerResiduals({ ...table, phi: identity(n), dimensions: n }, n).find(
    ({ residual }) => residual === "shadow-score",
  )?.matrix;
  for (let i = 0; i < n; i++)
    for (let r = 0; r < k; r++) {
      let along = 0;
      for (let c = 0; c < m; c++) along += (carrier[r * m + c] ?? 0) * (rows?.[i * m + c] ?? 0);
      phi[i * k + r] = along;
    }
  const forgedTable = { ...table, phi };
  const files = new Map(honest.files);
  files.set("phi.f64", float64Bytes(phi));
  files.set(SHADOW_FILES.logits, float64Bytes(join(table.shadows)));
  const looks = honest.file.looks.map((look) => {
    const { residuals, files: made } = measureAnswers(forgedTable, look.probes, `look-${look.probes}`);
    for (const [name, bytes] of made) files.set(name, bytes);
    return { ...look, residuals };
  });
  const shadows = measureShadows(forgedTable, null);
  for (const [name, bytes] of shadows.files) files.set(name, bytes);
  const { version: _, kind: __, files: ___, ...draft } = honest.file;
  return sealObservation({ ...draft, looks }, files);
}

function identity(n: number): Float64Array {
  return Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
}

type Exchange = RecordedRequests["exchanges"][number]["request"];

/** Requests that are nothing but their inputs' numbers. */
const encode: RecordedRequests["encode"] = (inputs) =>
  float64Bytes(join(Object.values(inputs).map((tensor) => toFloat64(tensor))));

/** An observation with what was asked for it. */
async function recorded(
  file: string,
  interruptions = 0,
): Promise<{ sealed: SealedObservation; asked: Exchange[] }> {
  const suspect = interruptedFirst(await servedSuspect(file, labelOf), interruptions);
  const asked: Exchange[] = [];
  const recording: BlackBoxSuspect = {
    ...suspect,
    query: (inputs, probes, recorder) => {
      asked.push({ probes, sha256: digest(encode(inputs)) });
      return suspect.query(inputs, probes, recorder);
    },
  };
  const sealed = await observed(claim, recording, { budget: BUDGET });
  await suspect.close();
  return { sealed, asked };
}

describe("an observation that is measured again", () => {
  it("holds every request against the probes that it names", async () => {
    const { sealed, asked } = await recorded(student);
    const held = (requests: readonly Exchange[]): Promise<MeasuredAgain> =>
      again(sealed, { encode, exchanges: requests.map((request) => ({ request })) });
    expect(await held(asked)).toEqual({ equal: expect.any(Number), held: asked.length });
    const [first, second, ...others] = asked;
    if (first === undefined || second === undefined) throw new TypeError("the suspect was asked");
    expect(await held([first, { ...second, sha256: first.sha256 }, ...others])).toEqual({
      asked: expect.stringMatching(/^the request for probe/),
    });
  });

  it("holds what was learnt from other probes after an interruption", async () => {
    const { sealed, asked } = await recorded(student, 1);
    const exchanges = asked.map((request) => ({ request }));
    expect(await again(sealed, { encode, exchanges })).toMatchObject({ held: asked.length });
    expect(new Set(asked.flatMap(({ probes }) => probes)).size).toBe(
      asked.flatMap(({ probes }) => probes).length,
    );
  });

  it.each([
    ["numbers", undefined],
    ["labels", labelOf],
  ] as const)("comes out as it was sealed, from %s", async (_, show) => {
    const observation = await seen(student, show);
    const residuals = observation.file.looks.flatMap((look) => look.residuals).length;
    expect(await again(observation)).toEqual({ equal: residuals });
    expect(await again(await seen(claim.marked, show))).toHaveProperty("equal");
  });

  it("is found out where an innocent's honest answers were held against coordinates made with the key", async () => {
    const honest = await seen(student);
    expect(concluded(claim, honest).verdict).toBe("inconclusive");
    const sealed = forged(honest);
    // Nothing in the bundle contradicts it: every residual follows from what is sealed.
    expect(concluded(claim, sealed).log10PIdeal).toBeLessThan(-6);
    expect(await again(sealed)).toEqual({ differs: expect.stringMatching(/does not follow/) });
  });

  it("is found out where it was asked other probes, or chose them by labels that the reference does not give", async () => {
    const { file, files } = await seen(student);
    const probes = file.probes === null ? null : { ...file.probes, sha256: "11".repeat(32) };
    expect(await again(sealObservation({ ...file, probes }, files))).toHaveProperty("differs");
    // Where a boundary is due, a claimant who took another rule because it suited him is not believed.
    const copy = await seen(claim.marked, labelOf);
    expect(copy.file.probes?.rule).toBe("boundary");
    const { file: of } = copy;
    const other = of.probes === null ? null : { ...of.probes, rule: "most-uncertain" as const };
    expect(await again(sealObservation({ ...of, probes: other }, copy.files))).toEqual({
      differs: expect.stringMatching(/boundary probes are due/),
    });
    const choice = new Map(files).set(
      SHADOW_FILES.choice,
      new Uint8Array(files.get(SHADOW_FILES.choice) ?? []).fill(0),
    );
    expect(await again(sealObservation(file, choice))).toEqual({
      differs: expect.stringMatching(/learning probes/),
    });
  });
});
