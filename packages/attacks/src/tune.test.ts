import { random } from "@indicia/autodiff/random";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { generatedConvNet, generatedMlp } from "@indicia/testkit/generated-models";
import { Matrix, SVD } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { decode } from "./decode.js";
import { lora } from "./lora.js";
import { sampleFeeds } from "./sample-feeds.js";
import { outputsOf } from "./test-support/run.js";
import { tune, type TuneOptions } from "./tune.js";
import { weightsOf } from "./weights.js";

const CLASSES = 7;
const MODELS = {
  mlp: generatedMlp({ widths: [12, 48, 40, CLASSES] }),
  "conv net": generatedConvNet({ channels: 8 }),
};

interface Data {
  readonly rows: Record<string, Tensor>;
  readonly labels: Int32Array;
}

/** Rows that a linear rule divides into classes. */
function dataOf(bytes: Uint8Array, classes: number): Data {
  const rows = sampleFeeds(decode(bytes).inputs, "tune", { batch: 256 });
  const [tensor] = Object.values(rows);
  const values = tensor === undefined ? new Float64Array(0) : toFloat64(tensor);
  const width = values.length / 256;
  const { normal } = random(1, "rule");
  const rule = Array.from({ length: classes }, () => Float64Array.from({ length: width }, normal));
  const labels = Int32Array.from({ length: 256 }, (_, i) => {
    const row = values.subarray(i * width, (i + 1) * width);
    const scores = rule.map((each) => each.reduce((sum, weight, j) => sum + weight * (row[j] ?? 0), 0));
    return scores.indexOf(Math.max(...scores));
  });
  return { rows, labels };
}

async function classesOf(bytes: Uint8Array): Promise<number> {
  const [scores] = Object.values(await outputsOf(bytes, sampleFeeds(decode(bytes).inputs, 0)));
  return scores?.dims[1] ?? 0;
}

/** Mean probability of the right label, from logits or probabilities. */
async function rightness(bytes: Uint8Array, { rows, labels }: Data): Promise<number> {
  const [scores] = Object.values(await outputsOf(bytes, rows));
  if (scores === undefined) return 0;
  const values = toFloat64(scores);
  const width = scores.dims[1] ?? 1;
  let right = 0;
  for (const [i, label] of labels.entries()) {
    const row = values.subarray(i * width, (i + 1) * width);
    if (row.indexOf(Math.max(...row)) === label) right++;
  }
  return right / labels.length;
}

/** Weights by name, and what an attack added to each. */
function changes(before: Uint8Array, after: Uint8Array): Map<string, Float64Array> {
  const old = new Map(weightsOf(decode(before)).map(({ name, tensor }) => [name, toFloat64(tensor)]));
  return new Map(
    weightsOf(decode(after)).map(({ name, tensor }) => {
      const values = old.get(name) ?? new Float64Array(0);
      return [name, toFloat64(tensor).map((value, at) => value - (values[at] ?? 0))];
    }),
  );
}

function size(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

describe.each(Object.entries(MODELS))("tuning a %s", (_, bytes) => {
  const attempt = async (options: TuneOptions): Promise<Map<string, Float64Array>> => {
    const data = dataOf(bytes, await classesOf(bytes));
    return changes(bytes, await tune(bytes, { ...data, ...options }, 1));
  };

  it("changes the last layer alone, or all", async () => {
    const last = [...(await attempt({ layers: "last" })).values()].map(size);
    expect(last.at(-1)).toBeGreaterThan(0);
    expect(last.slice(0, -1)).toEqual(last.slice(0, -1).map(() => 0));
    const all = [...(await attempt({ layers: "all" })).values()].map(size);
    expect(Math.min(...all)).toBeGreaterThan(0);
  });

  it("draws the last layer anew where asked", async () => {
    const kept = [...(await attempt({ layers: "last" })).values()].at(-1) ?? new Float64Array(0);
    const drawn = [...(await attempt({ layers: "last", start: "drawn" })).values()].at(-1);
    expect(size(drawn ?? kept)).toBeGreaterThan(5 * size(kept));
  });

  it("learns what the labels say, with adapters too", async () => {
    const data = dataOf(bytes, await classesOf(bytes));
    const before = await rightness(bytes, data);
    const long = { ...data, epochs: 20, rate: 0.005 };
    expect(await rightness(await tune(bytes, { ...long, layers: "all" }, 1), data)).toBeGreaterThan(
      before + 0.15,
    );
    expect(await rightness(await lora(bytes, { ...long, rate: 0.01, rank: 16 }, 1), data)).toBeGreaterThan(
      before + 0.15,
    );
  });
});

describe("options of tuning", () => {
  const bytes = MODELS.mlp;
  const data = dataOf(bytes, CLASSES);
  const tuned = (options: Partial<TuneOptions>): Promise<Uint8Array> =>
    tune(bytes, { ...data, layers: "all", epochs: 10, rate: 0.002, ...options }, 1);
  const weight = (model: Uint8Array): number =>
    Math.hypot(...weightsOf(decode(model)).map(({ tensor }) => size(toFloat64(tensor))));
  const surest = async (model: Uint8Array): Promise<number> => {
    const [scores] = Object.values(await outputsOf(model, data.rows));
    return scores === undefined ? 0 : Math.max(...toFloat64(scores));
  };

  it("make weights smaller, and answers less sure", async () => {
    const plain = await tuned({});
    expect(weight(await tuned({ l2: 0.1 }))).toBeLessThan(0.9 * weight(plain));
    const decayed = weight(await tuned({ decay: 0.1 }));
    // 40 steps of 0.002 times 0.1.
    expect(decayed / weight(plain)).toBeCloseTo(1 - 40 * 0.002 * 0.1, 2);
    expect(decayed).toBeLessThan(0.999 * weight(plain));
    expect(await surest(await tuned({ smoothing: 0.3 }))).toBeLessThan(await surest(plain));
  });

  it("must bring data along", async () => {
    await expect(tune(bytes, { layers: "all" }, 1)).rejects.toMatchObject({ code: "ATTACK_OPTION" });
  });
});

describe("adapters", () => {
  it("add a matrix of their rank to each weight", async () => {
    const bytes = MODELS.mlp;
    const adapted = await lora(bytes, { ...dataOf(bytes, CLASSES), rank: 3 }, 1);
    const dims = new Map(weightsOf(decode(bytes)).map(({ name, tensor }) => [name, tensor.dims]));
    for (const [name, change] of changes(bytes, adapted)) {
      const [rows = 0, columns = 0] = dims.get(name) ?? [];
      const { diagonal } = new SVD(Matrix.from1DArray(rows, columns, [...change]), { autoTranspose: true });
      expect(diagonal[2]).toBeGreaterThan(1e-4 * (diagonal[0] ?? 0));
      // What is left is the rounding of the weights to float32.
      expect(diagonal[3]).toBeLessThan(1e-4 * (diagonal[0] ?? 0));
    }
  });
});
