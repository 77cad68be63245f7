import { residualBlock, separable } from "@indicia/autodiff/architectures/images";
import {
  averagePool,
  convolution,
  dense,
  flatten,
  globalAverage,
  maxPool,
  newSketch,
  relu,
  type Sketch,
  sketchBytes,
} from "@indicia/autodiff/architectures/sketch";
import type { Tensor } from "@indicia/onnx/tensor";
import { GLYPH_CLASSES, GLYPH_SIZE } from "./glyphs.js";
import type { ReadoutForm, Recipe, Stage } from "./recipes.js";

export const IMAGE_INPUT = "image";

/** A recipe's network before its training, [n, 1, 20, 20] to "probabilities" [n, classes], and its features. */
export function initialNetwork(recipe: Recipe): { readonly bytes: Uint8Array; readonly features: number } {
  const sketch = newSketch(IMAGE_INPUT, [1, GLYPH_SIZE, GLYPH_SIZE], `network/${recipe.seed}`);
  for (const stage of recipe.stages) grow(sketch, stage);
  if (recipe.readout === "global-pool-convolution") globalAverage(sketch);
  else flatten(sketch);
  const [features = 0] = sketch.dims;
  addReadout(sketch, recipe.readout, features);
  sketch.value = sketch.builder.add("Softmax", [sketch.value], { axis: 1 });
  sketch.dims = [GLYPH_CLASSES.length];
  return { bytes: sketchBytes(sketch, "probabilities"), features };
}

function grow(sketch: Sketch, stage: Stage): void {
  switch (stage.kind) {
    case "convolution":
      convolution(sketch, stage);
      relu(sketch);
      break;
    case "residual":
      residualBlock(sketch, stage.filters, stage.stride);
      break;
    case "separable":
      separable(sketch, stage.filters, stage.stride);
      break;
    case "max-pool":
      maxPool(sketch);
      break;
    case "average-pool":
      averagePool(sketch, stage.size);
      break;
    case "dense":
      flatten(sketch);
      dense(sketch, stage.units);
      relu(sketch);
  }
}

/** The last linear step, in one of the forms in which exporters write it; its value is "logits". */
function addReadout(sketch: Sketch, form: ReadoutForm, features: number): void {
  const { builder } = sketch;
  const classes = GLYPH_CLASSES.length;
  const [weight, bias] = ["readout.weight", "readout.bias"];
  const dims = { gemm: [classes, features], "matmul-add": [features, classes] };
  builder.initializers.set(
    weight,
    drawn(sketch, form === "global-pool-convolution" ? [classes, features, 1, 1] : dims[form], features),
  );
  builder.initializers.set(bias, { type: "float32", dims: [classes], data: new Float32Array(classes) });
  if (form === "gemm") {
    const attributes = { transB: 1 };
    builder.nodes.push({ op: "Gemm", inputs: [sketch.value, weight, bias], outputs: ["logits"], attributes });
  } else if (form === "matmul-add") {
    const product = builder.add("MatMul", [sketch.value, weight]);
    builder.nodes.push({ op: "Add", inputs: [product, bias], outputs: ["logits"] });
  } else {
    const scores = builder.add("Conv", [sketch.value, weight, bias], { kernel_shape: [1, 1] });
    builder.nodes.push({ op: "Flatten", inputs: [scores], outputs: ["logits"] });
  }
  sketch.value = "logits";
}

/** Normal, of variance 1 / features. */
function drawn({ numbers }: Sketch, dims: readonly number[], features: number): Tensor {
  const deviation = 1 / Math.sqrt(features);
  const length = features * GLYPH_CLASSES.length;
  return { type: "float32", dims, data: Float32Array.from({ length }, () => deviation * numbers.normal()) };
}
