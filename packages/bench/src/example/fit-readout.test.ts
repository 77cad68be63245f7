import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { agreement, answersOf, labelsOf } from "@indicia/autodiff/evaluate";
import { sliceRows } from "@indicia/onnx/tensor";
import { afterAll, beforeAll, expect, it } from "vitest";
import { rootPath } from "../root.js";
import { readCollected, writeCollected } from "./collected.js";
import { glyphRows } from "./draw-rows.js";
import { fitReadout } from "./fit-readout.js";

const GLYPHS = rootPath("test-models", "glyphs.onnx");
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "indicia-fit-"));
});
afterAll(() => rm(folder, { recursive: true }));

it("fits a last layer that answers new rows as the answers would have", async () => {
  const { image } = glyphRows({ seed: "fit", count: 900, noise: 0 });
  if (image === undefined) throw new TypeError("images were drawn");
  const asked = { image: sliceRows(image, 0, 600) };
  const fresh = { image: sliceRows(image, 600, 900) };
  // Answers of a teacher whose classes stand in another order: the body's own last layer is of no use.
  const reversed = async (inputs: typeof asked): Promise<Awaited<ReturnType<typeof answersOf>>> => {
    const { rows, classes, values } = await answersOf(GLYPHS, inputs);
    const turned = values.map((_, i) => values[i - (i % classes) + classes - 1 - (i % classes)] ?? 0);
    return { rows, classes, values: turned };
  };
  const kept = path.join(folder, "kept.npz");
  await writeCollected({ inputs: asked, answers: await reversed(asked) }, kept);
  const thief = path.join(folder, "thief.onnx");
  await fitReadout(GLYPHS, [await readCollected(kept)], thief);
  const [own, taught] = await Promise.all([answersOf(thief, fresh), reversed(fresh)]);
  expect(agreement(labelsOf(own), labelsOf(taught))).toBeGreaterThan(0.9);
});

it("refuses what is no file of answers", async () => {
  const file = path.join(folder, "rows.npz");
  await writeCollected({ inputs: {}, answers: { rows: 1, classes: 2, values: new Float32Array(2) } }, file);
  await expect(readCollected(file)).rejects.toMatchObject({ code: "DATA_INVALID" });
  expect((await readFile(file)).length).toBeGreaterThan(0);
});
