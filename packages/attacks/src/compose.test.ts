import { generatedConvNet, generatedTransformer } from "@indicia/testkit/generated-models";
import { describe, expect, it } from "vitest";
import type { Variant } from "./attack.js";
import { compose } from "./compose.js";
import { ATTACKS } from "./index.js";
import { sampleFeeds } from "./sample-feeds.js";
import { outputChange, outputsOf } from "./test-support/run.js";

function first(name: string): Variant {
  const variant = ATTACKS.find((attack) => attack.name === name)?.variants[0];
  if (variant === undefined) throw new Error(`no attack ${name}`);
  return variant;
}

describe("attacks one after another", () => {
  it.each([
    [
      "conv net",
      generatedConvNet(),
      "float32",
      [2, 3, 16, 16],
      ["permute", "scale", "fold", "dummies", "rename"],
    ],
    [
      "transformer",
      generatedTransformer(),
      "int64",
      [2, 12],
      ["qk-vo", "permute", "flip", "rotate", "constants"],
    ],
  ] as const)("keep the function of a %s where each of them does", async (_, model, type, dims, names) => {
    const rows = sampleFeeds([{ name: "input", type, dims }], 5);
    const all = compose(...names.map(first));
    const attacked = await all.run(model, 1);
    expect(outputChange(await outputsOf(model, rows), await outputsOf(attacked, rows))).toBeLessThan(1e-4);
    expect(Buffer.from(await all.run(model, 1)).equals(attacked)).toBe(true);
    expect(Buffer.from(await all.run(model, 2)).equals(attacked)).toBe(false);
  });

  it("leave out what a model has no place for, down to two", async () => {
    const model = generatedConvNet();
    const [permute, turn, rename] = ["permute", "qk-vo", "rename"].map(first) as [Variant, Variant, Variant];
    const plain = await rename.run(await permute.run(model, "3/0"), "3/2");
    expect(Buffer.from(await compose(permute, turn, rename).run(model, 3)).equals(plain)).toBe(true);
    await expect(compose(permute, turn).run(model, 3)).rejects.toMatchObject({ code: "NOTHING_TO_DO" });
  });
});
