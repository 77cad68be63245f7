import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { openModel } from "@indicia/onnx/open";
import { afterAll, describe, expect, it } from "vitest";
import { markModel, type MarkRequest } from "./mark.js";
import { observeFile } from "./observe-file.js";
import { type Claim, claimOf, concluded, digest, drawnRows } from "./test-support/claim.js";

const claims: Claim[] = [];
afterAll(() => {
  for (const { folder } of claims) rmSync(folder, { recursive: true });
});

async function claim(...[options]: Parameters<typeof claimOf>): Promise<Claim> {
  const made = await claimOf(options);
  claims.push(made);
  return made;
}

async function mark(from: Claim, more: Partial<MarkRequest>): Promise<ReturnType<typeof markModel>> {
  const model = openModel(from.reference);
  try {
    return await markModel({
      model,
      modelPath: from.reference,
      registration: from.registration,
      seed: from.seed,
      calibration: inputsOf(from, "calibration"),
      weights: "off",
      readout: "off",
      labelBudget: 0.05,
      payload: null,
      out: path.join(from.folder, "again.onnx"),
      ...more,
    });
  } finally {
    model.close();
  }
}

function inputsOf({ pool }: Claim, seed: string): Claim["pool"] {
  const drawn = drawnRows(seed);
  const [name = "x"] = Object.keys(pool.tensors);
  const [tensor] = Object.values(drawn.tensors);
  return { ...drawn, tensors: tensor === undefined ? {} : { [name]: tensor } };
}

function verdictOfFile(
  from: Claim,
  file: string,
  seed: Uint8Array = from.seed,
): ReturnType<typeof concluded> {
  const [suspectModel, reference] = [openModel(file), openModel(from.reference)];
  try {
    const sealed = observeFile({
      registration: from.registration,
      suspect: {
        path: file,
        identity: { protocol: "onnx", target: "suspect.onnx", sha256: digest(readFileSync(file)) },
      },
      suspectModel,
      reference: { model: reference, sha256: from.registration.file.reference.sha256 },
      clock: () => new Date(0),
    });
    return concluded({ ...from, seed }, sealed);
  } finally {
    suspectModel.close();
    reference.close();
  }
}

describe("auto", () => {
  it("stays within the label budget by its own measure, and uses most of it", async () => {
    const strong = await claim({ features: 48, classes: 12, readout: "auto", labelBudget: 0.05 });
    const weak = await claim({ features: 48, classes: 12, readout: "auto", labelBudget: 0.02 });
    const [more, less] = [strong.report, weak.report];
    expect(more.distortion.labelsChangedUpper95).toBeLessThanOrEqual(0.05);
    expect(less.distortion.labelsChangedUpper95).toBeLessThanOrEqual(0.02);
    expect(more.distortion.labelsChanged).toBeGreaterThan(10);
    expect(more.marks.readout?.strength).toBeGreaterThan(less.marks.readout?.strength ?? 0);
  });

  it("places nothing where the least mark goes beyond the budget, and says so", async () => {
    const made = await claim({ features: 48, classes: 200, link: "sigmoid" });
    await expect(mark(made, { readout: "auto", labelBudget: 0.0001 })).rejects.toMatchObject({
      code: "NOTHING_TO_MARK",
      message: expect.stringContaining("label budget"),
    });
  });

  it("says where the data are too few to certify the budget", async () => {
    const { report } = await claim({ readout: 0.002, labelBudget: 0.0001 });
    expect(report.notes.join()).toContain("cannot certify");
  });
});

describe("a marked file", () => {
  it("is found in the open file, under its key alone, and the original is not", async () => {
    const made = await claim({ features: 48, classes: 12, readout: 0.05 });
    expect(verdictOfFile(made, made.marked)).toMatchObject({ verdict: "match" });
    expect(verdictOfFile(made, made.reference)).toMatchObject({ verdict: "inconclusive", log10P: 0 });
    const seed = Uint8Array.from(made.seed, (byte) => byte ^ 1);
    expect(verdictOfFile(made, made.marked, seed)).toMatchObject({ verdict: "inconclusive" });
  });

  it("comes out the same for the same request, and leaves the model as it was", async () => {
    const made = await claim({ readout: 0.1 });
    const before = digest(readFileSync(made.reference));
    const again = await mark(made, { readout: 0.1 });
    expect(again.sha256).toBe(made.report.sha256);
    expect(digest(readFileSync(path.join(made.folder, "again.onnx")))).toBe(again.sha256);
    expect(digest(readFileSync(made.reference))).toBe(before);
    expect(readdirSync(made.folder).sort()).toEqual(["again.onnx", "marked.onnx", "reference.onnx"]);
  });

  it.each(["none", "softmax", "log-softmax", "sigmoid", "spelled-softmax"] as const)(
    "is found behind %s",
    async (link) => {
      const made = await claim({ link, features: 48, classes: 12, readout: 0.05 });
      expect(verdictOfFile(made, made.marked).verdict).toBe("match");
    },
  );
});

describe("what cannot be marked", () => {
  it.each([
    [{ readout: 0 }, "STRENGTH_OUT_OF_RANGE"],
    [{ readout: 6 }, "STRENGTH_OUT_OF_RANGE"],
    [{ weights: Number.NaN }, "STRENGTH_OUT_OF_RANGE"],
    [{}, "NOTHING_TO_MARK"],
  ])("%j is refused with %s, and nothing is written", async (more, code) => {
    const made = claims[0] ?? (await claim());
    await expect(mark(made, more)).rejects.toMatchObject({ code });
    expect(existsSync(path.join(made.folder, "again.onnx"))).toBe(false);
    expect(readdirSync(made.folder).filter((name) => name.startsWith("."))).toEqual([]);
  });
});
