import { expect, it } from "vitest";
import { requireReferenceFiles } from "./require-reference.js";

const file = (name: string, sha256: string): { name: string; sha256: string; bytes: number } => ({
  name,
  sha256,
  bytes: 8,
});
const reference = { sha256: "aa", bytes: 4, externalFiles: [file("a.bin", "bb"), file("b.bin", "cc")] };
const registration = { file: { reference } };

it("takes the registered model, external data and all", () => {
  expect(() => requireReferenceFiles(registration, reference)).not.toThrow();
});

it.each([
  ["another model", { ...reference, sha256: "ab" }],
  ["other external data", { ...reference, externalFiles: [file("a.bin", "bb"), file("b.bin", "cd")] }],
  ["external data under another name", { ...reference, externalFiles: [file("c.bin", "bb")] }],
])("refuses %s", (_, found) => {
  expect(() => requireReferenceFiles(registration, found)).toThrow(
    expect.objectContaining({ code: "WRONG_REFERENCE" }),
  );
});
