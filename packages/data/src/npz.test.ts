import { describe, expect, it } from "vitest";
import { zipSync } from "fflate";
import { writeNpy } from "./npy.js";
import { readNpz, writeNpz } from "./npz.js";

const a = { type: "float32", dims: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) } as const;
const b = { type: "int64", dims: [2], data: BigInt64Array.of(1n, -1n) } as const;

/** x = float32 [1, 2] and y = int8 [[3]], packed by Python's zipfile as numpy.savez_compressed does: with force_zip64. */
const FROM_NUMPY = [
  "UEsDBC0AAAAIAAAAIQCayqvn//////////8FABQAeC5ucHkBABAAiAAAAAAAAABMAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxc",
  "pG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GkY6mjoKtQoUAC4GhgZ7BgYGBwBQSwMELQAAAAgAAAAh",
  "AKrEdHr//////////wUAFAB5Lm5weQEAEACBAAAAAAAAAEcAAAAAAAAAm+wX6hsQychQxlCtnpJanFykbqWgXpNpqK6joJ6W",
  "X1RSlJgXn1+UkgoSd0vMKU4FihdnJBakAvkahjoKhpo6CrUKZAMuZgBQSwECLQMtAAAACAAAACEAmsqr50wAAACIAAAABQAA",
  "AAAAAAAAAAAAgAEAAAAAeC5ucHlQSwECLQMtAAAACAAAACEAqsR0ekcAAACBAAAABQAAAAAAAAAAAAAAgAGDAAAAeS5ucHlQ",
  "SwUGAAAAAAIAAgBmAAAAAQEAAAAA",
].join("");

function code(bytes: Uint8Array): unknown {
  try {
    readNpz(bytes);
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return "read";
}

describe("readNpz", () => {
  it("reads what numpy wrote", () => {
    expect(readNpz(Buffer.from(FROM_NUMPY, "base64"))).toEqual({
      x: { type: "float32", dims: [2], data: Float32Array.of(1, 2) },
      y: { type: "int8", dims: [1, 1], data: Int8Array.of(3) },
    });
  });

  it.each([false, true])("reads what writeNpz wrote, compressed: %s", (compress) => {
    expect(readNpz(writeNpz({ b, a }, { compress }))).toEqual({ a, b });
  });

  it("refuses what is no archive, and archives that were cut", () => {
    expect(code(new Uint8Array(0))).toBe("NPZ_INVALID");
    expect(code(new Uint8Array(1000))).toBe("NPZ_INVALID");
    const whole = writeNpz({ a, b });
    for (let length = 0; length < whole.length; length += 7)
      expect(code(whole.slice(0, length))).toBe("NPZ_INVALID");
  });

  it.each(["__proto__.npy", ".npy", "a.txt", `${"n".repeat(300)}.npy`])("refuses the name %s", (name) => {
    const files = Object.fromEntries([[name, writeNpy(a)]]);
    expect(code(zipSync(files))).toBe("NPZ_INVALID");
  });

  it("refuses an array whose bytes were changed", () => {
    const bytes = writeNpz({ a });
    const last = bytes.lastIndexOf(Float32Array.of(6).buffer.byteLength === 4 ? 0xc0 : 0);
    bytes[last] = 0xc1;
    expect(code(bytes)).toBe("NPZ_INVALID");
  });

  it("refuses too many arrays", () => {
    const scalar = writeNpy({ type: "uint8", dims: [], data: Uint8Array.of(1) });
    const files = Object.fromEntries(Array.from({ length: 1001 }, (_, i) => [`${i}.npy`, scalar]));
    expect(code(zipSync(files, { level: 0 }))).toBe("DATA_TOO_LARGE");
  });

  it("refuses sizes beyond the limit or beyond what deflate can do, before unpacking", () => {
    const bytes = writeNpz({ a }, { compress: true });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const central = view.getUint32(bytes.length - 22 + 16, true);
    view.setUint32(central + 24, 0x7fffffff, true);
    expect(code(bytes)).toBe("NPZ_INVALID");
    // A packed size that would allow it: the limit on the whole still holds.
    view.setUint32(central + 20, 0x01000000, true);
    view.setUint32(central + 24, 0x80000001, true);
    expect(code(bytes)).toBe("DATA_TOO_LARGE");
  });

  it("refuses an array that unpacks to more than it claims", () => {
    const bytes = writeNpz({ a }, { compress: true });
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const central = view.getUint32(bytes.length - 22 + 16, true);
    view.setUint32(central + 24, view.getUint32(central + 24, true) - 4, true);
    expect(code(bytes)).toBe("NPZ_INVALID");
  });
});

describe("writeNpz", () => {
  it("gives the same bytes for the same arrays in any order", () => {
    expect(Buffer.from(writeNpz({ a, b })).equals(writeNpz({ b, a }))).toBe(true);
    expect(
      Buffer.from(writeNpz({ a, b }, { compress: true })).equals(writeNpz({ b, a }, { compress: true })),
    ).toBe(true);
  });

  it("refuses names that could not be read back", () => {
    expect(() => writeNpz(Object.fromEntries([["__proto__", a]]))).toThrow(
      expect.objectContaining({ code: "NPZ_INVALID" }),
    );
  });
});
