import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sharedMissing, sharedPath } from "./shared-path.js";
import { thrownCode } from "./thrown-code.js";

describe.skipIf(sharedMissing)("sharedPath", () => {
  it("finds the shared folder beside the checkout", () => {
    expect(existsSync(sharedPath("models", "magika_standard_v3_3.onnx"))).toBe(true);
  });
});

describe("thrownCode", () => {
  it("tells codes, messages and success apart", async () => {
    expect(await thrownCode(() => 1)).toBeNull();
    expect(await thrownCode(() => Promise.reject(Object.assign(new Error("m"), { code: "C" })))).toBe("C");
    expect(
      await thrownCode(() => {
        throw new Error("m");
      }),
    ).toBe("m");
  });
});
