import { openModelBytes } from "@indicia/onnx/open";
import { describe, expect, it } from "vitest";
import { fitModel } from "./fit.js";
import { RECIPES, type Recipe } from "./recipes.js";

/** The recipe with less of everything. */
function reduced(recipe: Recipe): Recipe {
  return {
    ...recipe,
    stages: recipe.stages.map((stage) =>
      "filters" in stage ? { ...stage, filters: Math.ceil(stage.filters / 8) } : stage,
    ),
    training: 400,
    epochs: 2,
    batch: 20,
  };
}

describe("fitModel", () => {
  it.each(RECIPES.map((recipe) => [recipe.name, reduced(recipe)] as const))(
    "fits %s, the same bytes twice",
    async (_, recipe) => {
      const first = await fitModel(recipe);
      const second = await fitModel(recipe);
      expect(Buffer.from(first.bytes).equals(second.bytes)).toBe(true);
      const stored = openModelBytes(first.bytes).tensors;
      expect(stored.reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1), 0)).toBe(
        first.weights,
      );
    },
  );

  it("fits another model for another seed", async () => {
    const [recipe] = RECIPES;
    if (recipe === undefined) throw new Error("no recipes");
    const one = await fitModel(reduced(recipe));
    const other = await fitModel(reduced({ ...recipe, seed: 99 }));
    expect(Buffer.from(one.bytes).equals(other.bytes)).toBe(false);
  });
});
