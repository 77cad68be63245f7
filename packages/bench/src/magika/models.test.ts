import { sharedMissing } from "@indicia/testkit/shared-path";
import { describe, expect, it } from "vitest";
import { testFileAccuracy } from "../data-rows.js";
import { magikaInputs, magikaRows } from "./features.js";
import { readMagikaModel } from "./model.js";
import { magikaTestFiles } from "./test-files.js";

describe.skipIf(sharedMissing)("the Magika models", () => {
  it("are read from their configurations", async () => {
    const first = await readMagikaModel("standard_v1");
    expect([first.begin, first.middle, first.end, first.labels.length]).toEqual([512, 512, 512, 113]);
    const third = await readMagikaModel("standard_v3_3");
    expect([third.begin, third.middle, third.end, third.labels.length]).toEqual([1024, 0, 1024, 214]);
    expect(third.renamed.get("randomtxt")).toBe("txt");
  });

  it("take files as [files, tokens] of their input type", async () => {
    const content = new TextEncoder().encode("#!/bin/sh\necho hello\n");
    const first = magikaInputs(await readMagikaModel("standard_v1"), [content, content]);
    expect(first).toMatchObject({ type: "float32", dims: [2, 1536] });
    expect(first.data).toBeInstanceOf(Float32Array);
    const third = magikaInputs(await readMagikaModel("standard_v3_3"), [content]);
    expect(third).toMatchObject({ type: "int32", dims: [1, 2048] });
    expect(third.data.slice(0, 2)).toEqual(Int32Array.of(0x23, 0x21));
  });

  it.each([
    ["v1", "standard_v1"],
    ["v3_3", "standard_v3_3"],
  ] as const)("are cut by version as their configuration says, %s", async (version, name) => {
    const files = (await magikaTestFiles()).map(({ content }) => content);
    expect(magikaRows(version, files)).toEqual(magikaInputs(await readMagikaModel(name), files));
  });

  it.each([
    ["standard_v1", 58],
    ["standard_v3_3", 71],
  ] as const)("recognise their own test files, %s", async (name, known) => {
    const accuracy = await testFileAccuracy(name);
    expect(accuracy.known).toBe(known);
    // Both recognise all of them where this was written; kernels of other processors may turn a close one.
    expect(accuracy.wrong.length).toBeLessThanOrEqual(1);
  });
});
