import { rmSync } from "node:fs";
import { int32Values } from "@indicia/evidence/numbers";
import type { PlanFile } from "@indicia/evidence/plan";
import { drawLabel, drawnRows } from "@indicia/evidence/plan-draw";
import { checkPlanned, PLANNED_FILES } from "@indicia/evidence/planned-observation";
import { lookSizes } from "@indicia/proof/looks";
import type { ProbeOrder } from "@indicia/evidence/probe-rule";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { measureEndpointAgain } from "./measure-endpoint-again.js";
import type { SealedObservation } from "./observation.js";
import type { Draw } from "./probes/drawn-pool.js";
import { type Claim, claimOf, labelOf, observed, servedSuspect } from "./test-support/claim.js";

const BUDGET = 150;
const RANDOMNESS = new Uint8Array(32).fill(5);

let claim: Claim;
let shadowed: Claim;
beforeAll(async () => {
  claim = await claimOf({ features: 48, classes: 12, readout: 0.3 });
  shadowed = await claimOf({ features: 16, classes: 6, readout: 0.3, shadows: 2 });
});
afterAll(() => {
  for (const { folder } of [claim, shadowed]) rmSync(folder, { recursive: true });
});

function planOf({ registration }: Claim, order: ProbeOrder): PlanFile {
  const { rows, sha256 } = registration.file.pool;
  return {
    version: 1,
    kind: "indicia plan",
    created: new Date(0).toISOString(),
    registration: registration.commitment,
    chain: { entries: 1, head: "bb".repeat(32) },
    suspect: { protocol: "fake", target: "fake" },
    statistics: ["readout/1"],
    level: 1e-6,
    asking: { order, budget: BUDGET, looks: lookSizes(BUDGET), pool: { rows, sha256 }, admitted: 300 },
  };
}

interface Planned {
  readonly draw: Draw;
  readonly sealed: SealedObservation;
  check(rows?: Uint8Array): void;
}

async function planned(of: Claim, order: ProbeOrder, draw = 0, labels = false): Promise<Planned> {
  const suspect = await servedSuspect(of.marked, ...(labels ? ([labelOf] as const) : []));
  const plan = { file: { ...planOf(of, order), suspect: suspect.identity }, sha256: "dd".repeat(32) };
  const opened = { plan, timestamps: [], tokens: [], randomness: RANDOMNESS };
  const followed = { sha256: plan.sha256, draw, fresh: draw > 0 ? "aa".repeat(32) : null };
  const drawn: Draw = { followed, rows: drawnRows(opened, draw), label: drawLabel(opened, draw) };
  const sealed = await observed(of, suspect, { draw: drawn, budget: BUDGET, order });
  await suspect.close();
  return {
    draw: drawn,
    sealed,
    check: (rows) =>
      checkPlanned({
        opened,
        registration: of.registration,
        observation: sealed.file,
        find: (name) =>
          name === PLANNED_FILES.probes && rows !== undefined ? rows : (sealed.files.get(name) ?? null),
      }),
  };
}

const rowsOf = ({ sealed }: Planned): number[] =>
  Object.values(PLANNED_FILES).flatMap((name) => [
    ...int32Values(sealed.files.get(name) ?? new Uint8Array(0)),
  ]);

describe("an observation under a plan", () => {
  it.each([
    ["uncertain", false],
    ["auto", true],
    ["boundary", false],
  ] as const)("asks only rows that were drawn, %s probes", async (order, labels) => {
    const first = await planned(claim, order, 0, labels);
    expect(first.sealed.file.plan).toEqual(first.draw.followed);
    const drawn = new Set(first.draw.rows);
    expect(rowsOf(first).every((row) => drawn.has(row))).toBe(true);
    expect(() => first.check()).not.toThrow();
    const outside = new Uint8Array(first.sealed.files.get(PLANNED_FILES.probes) ?? []);
    const other = Array.from({ length: 600 }, (_, row) => row).find((row) => !drawn.has(row)) ?? -1;
    new DataView(outside.buffer).setInt32(0, other, true);
    expect(() => first.check(outside)).toThrow(expect.objectContaining({ code: "PLAN_DRAW" }));
  });

  it("asks other rows in another draw, and is measured again from the same draw alone", async () => {
    const [first, second] = [await planned(claim, "auto"), await planned(claim, "auto", 1)];
    const asked = new Set(rowsOf(first));
    expect(rowsOf(second).filter((row) => asked.has(row))).toEqual([]);
    expect(() => second.check()).not.toThrow();
    const again = (draw: Draw): Promise<unknown> =>
      measureEndpointAgain({
        registration: claim.registration,
        referencePath: claim.reference,
        pool: claim.pool,
        budget: BUDGET,
        draw,
        sealed: second.sealed,
      });
    expect(await again(second.draw)).toEqual({ equal: expect.any(Number) });
    expect(await again(first.draw)).toEqual({ differs: expect.stringContaining("other probes follow") });
  });

  it("keeps learning rows apart from probes where shadow models are registered", async () => {
    const found = await planned(shadowed, "shadows");
    expect(found.sealed.file.probes?.rule).toBe("most-spread");
    const learning = int32Values(found.sealed.files.get(PLANNED_FILES.learning) ?? new Uint8Array(0));
    expect(learning.length).toBeGreaterThan(0);
    expect(() => found.check()).not.toThrow();
  });

  it("leaves what follows no plan as it was", async () => {
    const suspect = await servedSuspect(claim.marked);
    const { file } = await observed(claim, suspect);
    await suspect.close();
    expect(file.plan).toBeUndefined();
    expect(Object.keys(file.files)).not.toContain(PLANNED_FILES.probes);
  });
});
