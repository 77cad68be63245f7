import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { fingerprint } from "./fingerprint.js";

const x = { type: "float32", dims: [2], data: Float32Array.of(1, -2) } as const;
const s = { type: "string", dims: [1], data: ["é"] } as const;

describe("fingerprint", () => {
  it("hashes the canonical form", () => {
    const expected = createHash("sha256")
      .update('indicia-tensors/1\n["s","string",[1]]\n["é"]\n["x","float32",[2]]\n')
      .update(Uint8Array.of(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0))
      .digest("hex");
    expect(fingerprint({ x, s })).toBe(expected);
  });

  it("does not depend on the order of the names or on where the elements lie", () => {
    const view = { ...x, data: Float32Array.of(9, 1, -2).subarray(1) };
    expect(fingerprint({ s, x: view })).toBe(fingerprint({ x, s }));
  });

  it("depends on name, type, shape and elements", () => {
    const seen = [
      fingerprint({ x }),
      fingerprint({ y: x }),
      fingerprint({ x: { ...x, type: "uint32", data: new Uint32Array(Float32Array.of(1, -2).buffer) } }),
      fingerprint({ x: { ...x, dims: [2, 1] } }),
      fingerprint({ x: { ...x, data: Float32Array.of(1, 2) } }),
    ];
    expect(new Set(seen).size).toBe(seen.length);
  });
});
