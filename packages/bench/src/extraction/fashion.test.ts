import { toFloat64 } from "@indicia/onnx/tensor";
import { sharedMissing } from "@indicia/testkit/shared-path";
import { describe, expect, it } from "vitest";
import type { BenchError } from "../error.js";
import { decodeIdx, FASHION_CLASSES, loadFashion } from "./fashion.js";

const SMALL = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6];

describe("an IDX file", () => {
  it("is taken apart", () => {
    expect(decodeIdx(Uint8Array.from(SMALL))).toEqual({
      dims: [2, 3],
      data: Uint8Array.of(1, 2, 3, 4, 5, 6),
    });
  });

  it.each([
    ["short", SMALL.slice(0, -1)],
    ["long", [...SMALL, 7]],
    ["cut in its dimensions", SMALL.slice(0, 9)],
    ["empty", []],
    ["of another type", SMALL.with(2, 9)],
  ])("is refused where it is %s", (_, bytes) => {
    expect(() => decodeIdx(Uint8Array.from(bytes))).toThrow(
      expect.objectContaining({ code: "DATA_INVALID" satisfies BenchError["code"] }),
    );
  });
});

describe.skipIf(sharedMissing)("Fashion-MNIST", () => {
  it("is read as images from 0 to 1 with a tenth of the labels in each class", async () => {
    const { images, labels } = await loadFashion("t10k");
    expect([images.type, images.dims, labels.length]).toEqual(["float32", [10_000, 1, 28, 28], 10_000]);
    const values = toFloat64(images);
    expect(values.reduce((most, x) => Math.max(most, x), 0)).toBe(1);
    // The mean brightness that everybody who uses the data knows: 0.286 on the training half.
    expect(values.reduce((sum, x) => sum + x, 0) / values.length).toBeCloseTo(0.2868, 3);
    const counts = Array.from(
      { length: FASHION_CLASSES },
      (_, c) => labels.filter((label) => label === c).length,
    );
    expect(counts).toEqual(new Array<number>(FASHION_CLASSES).fill(1000));
  });
});
