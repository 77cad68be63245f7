import { expect, it } from "vitest";
import { codeHash } from "./code-hash.js";

it("tells packages apart, and finds the same again", async () => {
  const [proof, again, both] = [
    await codeHash(["proof"]),
    await codeHash(["proof"]),
    await codeHash(["proof", "core"]),
  ];
  expect(proof).toMatch(/^[0-9a-f]{64}$/);
  expect(again).toBe(proof);
  expect(both).not.toBe(proof);
});
