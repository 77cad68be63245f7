import { describe, expect, it } from "vitest";
import { generatedConvNet, generatedMlp, generatedTransformer } from "@indicia/testkit/generated-models";
import { decode, liftConstants } from "../decode.js";
import { type Change, findSpaces, type Space } from "./space.js";

async function spacesOf(bytes: Uint8Array, change: Change): Promise<Space[]> {
  const model = decode(bytes);
  liftConstants(model);
  return [...(await findSpaces(model, change)).spaces];
}

const sizes = (spaces: readonly Space[]): number[] => spaces.map(({ size }) => size).sort((a, b) => a - b);

describe("hidden spaces", () => {
  const mlp = generatedMlp({ widths: [5, 9, 14, 3] });
  const tanh = generatedMlp({ widths: [5, 9, 14, 3], activation: "Tanh" });

  it.each<[Change, Uint8Array, number[]]>([
    ["permute", mlp, [9, 14]],
    ["expand", mlp, [9, 14]],
    ["scale", mlp, [9, 14]],
    ["flip", mlp, []],
    ["permute", tanh, [9, 14]],
    ["scale", tanh, []],
    ["flip", tanh, [9, 14]],
    ["mix", tanh, []],
  ])("%s the hidden layers of a perceptron as its activation admits", async (change, model, expected) => {
    expect(sizes(await spacesOf(model, change))).toEqual(expected);
  });

  it("go through flattening, residual sums and normalisation of convolutional networks", async () => {
    const spaces = await spacesOf(generatedConvNet({ channels: 6 }), "permute");
    // The residual stream is one space, shared by two convolutions; the top's channels reach the first Gemm.
    expect(sizes(spaces)).toEqual([6, 12, 48]);
    const top = spaces.find(({ size }) => size === 12);
    expect(top?.places.map(({ tensor, dual }) => [tensor, dual])).toContainEqual(["hidden.weight", true]);
    expect(
      top?.places.find(({ tensor }) => tensor === "hidden.weight")?.after.map(({ size }) => size),
    ).toEqual([2, 2]);
  });

  it("are decoupled by normalisation where they are scaled", async () => {
    const spaces = await spacesOf(generatedConvNet({ channels: 6 }), "scale");
    expect(sizes(spaces)).toEqual([6, 6, 6, 12, 12, 48]);
  });

  it("of a transformer are its stream, heads, what each head has, and feed-forward layers", async () => {
    const spaces = await spacesOf(generatedTransformer({ blocks: 1 }), "permute");
    expect(sizes(spaces)).toEqual([4, 8, 8, 32, 64]);
  });

  it("shared by queries and keys are taken by one as they are made by the other", async () => {
    const spaces = await spacesOf(generatedTransformer({ blocks: 1 }), "mix");
    const shared = spaces.find(({ places }) => places.some(({ tensor }) => tensor.includes(".q.")));
    const duals = new Map(shared?.places.map(({ tensor, dual }) => [tensor.split(".")[2], dual]));
    expect(duals.get("q")).not.toBe(duals.get("k"));
  });
});
