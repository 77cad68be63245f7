import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { moveWeights } from "@indicia/testkit/move-weights";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSession } from "./session.js";

const model = tinyClassifier();
let folder = "";

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "indicia-external-"));
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("a model with external data", () => {
  it("answers as it did before, with taps and without", async () => {
    const moved = moveWeights(model.bytes, "weights.bin");
    const path = join(folder, "model.onnx");
    writeFileSync(path, moved.model);
    writeFileSync(join(folder, "weights.bin"), moved.weights);
    const inside = await openSession(model.bytes, { taps: [model.feature] });
    const plain = await openSession(path);
    const tapped = await openSession(path, { taps: [model.feature] });
    const expected = await inside.runRows(tinyInputs(model, 4));
    expect(expected[model.feature]).toBeDefined();
    expect(await tapped.runRows(tinyInputs(model, 4))).toEqual(expected);
    expect(await plain.runRows(tinyInputs(model, 4))).toEqual({ [model.output]: expected[model.output] });
    for (const session of [inside, plain, tapped]) await session.close();
  });

  it("answers the same with its data in memory, and nothing of it on disk", async () => {
    const moved = moveWeights(model.bytes, "weights.bin");
    const externalData = [{ path: "weights.bin", data: moved.weights }];
    const inside = await openSession(model.bytes, { taps: [model.feature] });
    const expected = await inside.runRows(tinyInputs(model, 4));
    const plain = await openSession(moved.model, { externalData });
    const tapped = await openSession(moved.model, { externalData, taps: [model.feature] });
    expect(await tapped.runRows(tinyInputs(model, 4))).toEqual(expected);
    expect(await plain.runRows(tinyInputs(model, 4))).toEqual({ [model.output]: expected[model.output] });
    for (const session of [inside, plain, tapped]) await session.close();
  });

  it("is refused where the data are missing or lie outside its folder", async () => {
    const missing = join(folder, "missing.onnx");
    writeFileSync(missing, moveWeights(model.bytes, "absent.bin").model);
    expect(await thrownCode(() => openSession(missing))).toBe("MODEL_INVALID");
    const inner = join(folder, "inner");
    mkdirSync(inner);
    const outside = join(inner, "outside.onnx");
    const moved = moveWeights(model.bytes, "../outside.bin");
    writeFileSync(outside, moved.model);
    writeFileSync(join(folder, "outside.bin"), moved.weights);
    expect(await thrownCode(() => openSession(outside))).toBe("MODEL_INVALID");
    expect(await thrownCode(() => openSession(outside, { taps: [model.feature] }))).toBe("EXTERNAL_PATH");
  });
});
