import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { elementCount, type Tensor } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { sharedMissing, sharedPath } from "@indicia/testkit/shared-path";
import { describe, expect, it } from "vitest";
import { backward } from "./backward.js";
import { type Builder, builderOf } from "./builder.js";
import { scoresOf } from "./logits.js";
import { trainable } from "./parameters.js";
import { irregular } from "./test-support/irregular.js";

/** Length of the step along the gradient: small, for many a Relu turns on the way; large against rounding. */
const STEP = 1e-4;

/** Feeds of any content for the inputs that a graph still has, two rows where the batch is open. */
function feedsOf(builder: Builder): Record<string, Tensor> {
  return Object.fromEntries(
    builder.inputs.map(({ name, type, dims }, at): [string, Tensor] => {
      const shape = (dims ?? []).map((dim) => (typeof dim === "number" ? dim : 2));
      if (type === "float32")
        return [name, { type, dims: shape, data: Float32Array.from(irregular(shape, at)) }];
      const data = Int32Array.from({ length: elementCount(shape) }, (_, i) => (7 * i) % 5);
      return [name, { type: "int32", dims: shape, data }];
    }),
  );
}

async function lossOf(builder: Builder, loss: string, feeds: Record<string, Tensor>): Promise<number> {
  const session = await openSession(builder.build([loss]));
  const result = await session.run(feeds);
  await session.close();
  return Number(result[loss]?.data[0]);
}

/** What the loss changes along its gradient by all weights, over what the gradient says. */
async function slopeRatio(model: Uint8Array): Promise<number> {
  const builder = builderOf(model);
  const [output] = builder.outputs;
  if (output === undefined) throw new RangeError("no output");
  // Such inputs leave a probability of 1 and nothing else to some models, which no small step changes.
  const { value } = scoresOf(builder, output.name);
  const squares = builder.add("Mul", [value, value]);
  const loss = builder.add("ReduceSum", [squares], { keepdims: 0 });
  // Not the running variances: those of channels that never fire are next to nothing, and a step makes them negative.
  const weights = [...trainable(builder, model, output.name)];
  const grads = backward(
    builder,
    loss,
    weights.map(([name]) => name),
  );
  const session = await openSession(builder.build([...grads.values()]));
  const feeds = feedsOf(builder);
  const results = await session.run(feeds);
  await session.close();
  const slopes = new Map(
    [...grads].map(([name, grad]) => [name, Array.from(results[grad]?.data ?? [], Number)]),
  );
  const norm = Math.sqrt([...slopes.values()].flat().reduce((sum, slope) => sum + slope * slope, 0));
  const moved = async (by: number): Promise<number> => {
    for (const [name, tensor] of weights) {
      const slope = slopes.get(name) ?? [];
      const data = Float32Array.from(
        tensor.data as Float32Array,
        (w, i) => w + (by * (slope[i] ?? 0)) / norm,
      );
      builder.initializers.set(name, { ...tensor, data });
    }
    return await lossOf(builder, loss, feeds);
  };
  return ((await moved(STEP)) - (await moved(-STEP))) / (2 * STEP * norm);
}

describe("trained models", () => {
  const folder = fileURLToPath(new URL("../../../test-models/", import.meta.url));

  it.each(["glyphs", "innocent-a", "innocent-b", "innocent-c"])(
    "%s changes along its gradient",
    async (name) => {
      expect(await slopeRatio(readFileSync(`${folder}${name}.onnx`))).toBeCloseTo(1, 2);
    },
  );
});

describe.skipIf(sharedMissing)("models made elsewhere", () => {
  it.each(["mnist_cnn_cntk", "magika_standard_v3_3"])("%s changes along its gradient", async (name) => {
    expect(await slopeRatio(readFileSync(sharedPath("models", `${name}.onnx`)))).toBeCloseTo(1, 2);
  });
});
