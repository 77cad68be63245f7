import { sliceRows, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { float32 } from "../floats.js";
import { inputNoise } from "./input-noise.js";
import { SERVINGS } from "./list.js";
import { outputNoise } from "./output-noise.js";
import { type Endpoint, serve } from "./serve.js";

const MODELS = [1, 2].map((seed) => tinyClassifier({ tail: "conv-flatten", seed, classes: 5 }).bytes);
const LOGITS = tinyClassifier({ tail: "conv-flatten", link: "none", seed: 1, classes: 5 }).bytes;
const ROWS = rowsOf(300);

function rowsOf(count: number): Tensor {
  const model = tinyClassifier({ tail: "conv-flatten", seed: 1, classes: 5 });
  const [images] = Object.values(tinyInputs(model, count));
  if (images === undefined) throw new Error("no inputs");
  return images;
}

const opened: Endpoint[] = [];

async function endpoint(...options: Parameters<typeof serve>): Promise<Endpoint> {
  const served = await serve(...options);
  opened.push(served);
  return served;
}

afterAll(async () => {
  for (const each of opened) await each.close();
});

describe("a served model", () => {
  let plain: Tensor = float32([0], new Float32Array(0));
  beforeAll(async () => {
    const { ask } = await endpoint({ models: MODELS.slice(0, 1), seed: 1 });
    plain = await ask(ROWS);
  });

  it("answers with probabilities, from logits too", async () => {
    expect(plain.dims).toEqual([300, 5]);
    const { ask } = await endpoint({ models: [LOGITS], output: "logits", seed: 1 });
    const other = toFloat64(await ask(ROWS));
    for (const [at, value] of toFloat64(plain).entries()) expect(other[at]).toBeCloseTo(value, 5);
  });

  it("is averaged with another one", async () => {
    const second = await endpoint({ models: MODELS.slice(1), seed: 1 });
    const both = await endpoint({ models: MODELS, seed: 1 });
    const [a, b, mean] = [plain, await second.ask(ROWS), await both.ask(ROWS)].map(toFloat64);
    for (const [at, value] of (mean ?? []).entries())
      expect(value).toBeCloseTo(((a?.[at] ?? 0) + (b?.[at] ?? 0)) / 2, 6);
  });

  it.each(SERVINGS)("gives the same answers again, $name, whatever the batch", async (serving) => {
    const { ask } = await endpoint({ ...serving, models: MODELS.slice(0, 1 + serving.companions), seed: 7 });
    const copy = toFloat64(ROWS);
    const answers = await ask(ROWS);
    const part = await ask(sliceRows(ROWS, 100, 104));
    expect(toFloat64(part)).toEqual(toFloat64(sliceRows(answers, 100, 104)));
    expect(toFloat64(ROWS)).toEqual(copy);
    expect(toFloat64(answers)).not.toEqual(toFloat64(plain));
  });

  it("depends on the seed where something is random", async () => {
    for (const change of [
      { inputs: [inputNoise({ sigma: 0.1 })] },
      { answers: [outputNoise({ sigma: 0.1 })] },
    ]) {
      const [a, b] = [
        await endpoint({ models: MODELS.slice(0, 1), ...change, seed: 1 }),
        await endpoint({ models: MODELS.slice(0, 1), ...change, seed: 2 }),
      ];
      expect(toFloat64(await a.ask(ROWS))).not.toEqual(toFloat64(await b.ask(ROWS)));
    }
  });

  it("refuses to be none, or of several sizes", async () => {
    await expect(serve({ models: [], seed: 1 })).rejects.toMatchObject({ code: "ATTACK_OPTION" });
    const wide = tinyClassifier({ tail: "conv-flatten", seed: 3, classes: 6 }).bytes;
    const { ask } = await endpoint({ models: [...MODELS, wide], seed: 1 });
    await expect(ask(ROWS)).rejects.toMatchObject({ code: "MODELS_DIFFER" });
  });
});

describe("the list", () => {
  it("names every way once", () => {
    expect(new Set(SERVINGS.map(({ name }) => name)).size).toBe(SERVINGS.length);
  });
});
