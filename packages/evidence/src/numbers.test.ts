import fc from "fast-check";
import { expect, it } from "vitest";
import { float64Bytes, float64Values, int16Bytes, int16Values, int32Bytes, int32Values } from "./numbers.js";

it("numbers are kept with their lowest byte first", () => {
  expect([...int16Bytes(Int16Array.of(258, -2))]).toEqual([2, 1, 254, 255]);
  expect([...int32Bytes(Int32Array.of(1))]).toEqual([1, 0, 0, 0]);
  expect([...float64Bytes(Float64Array.of(1))]).toEqual([0, 0, 0, 0, 0, 0, 240, 63]);
});

it("numbers come back as they were, from any place in a buffer", () => {
  fc.assert(
    fc.property(fc.float64Array(), fc.int32Array(), fc.int16Array(), (a, b, c) => {
      const moved = (bytes: Uint8Array): Uint8Array => Uint8Array.of(9, ...bytes).subarray(1);
      expect(float64Values(moved(float64Bytes(a)))).toEqual(a);
      expect(int32Values(moved(int32Bytes(b)))).toEqual(b);
      expect(int16Values(moved(int16Bytes(c)))).toEqual(c);
    }),
  );
});

it("bytes that are no whole numbers are refused", () => {
  expect(() => int16Values(new Uint8Array(3))).toThrow(RangeError);
  expect(() => float64Values(new Uint8Array(12))).toThrow(RangeError);
});
