import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openModelBytes } from "@indicia/onnx/open";
import { generatedMlp } from "@indicia/testkit/generated-models";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { describe, expect, it, onTestFinished } from "vitest";
import { sampleFeeds } from "./sample-feeds.js";
import { external, storage } from "./storage.js";
import { outputsOf } from "./test-support/run.js";

const model = generatedMlp({ widths: [6, 20, 3] });
const rows = sampleFeeds([{ name: "input", type: "float32", dims: ["N", 6] }], 1);

describe("storage", () => {
  it.each(["raw", "typed"] as const)("is %s for every tensor", (form) => {
    const kinds = openModelBytes(storage(model, { form })).tensors.map((tensor) => tensor.storage.kind);
    expect(new Set(kinds)).toEqual(new Set([form]));
  });

  it("beside the model answers the same", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "indicia-attacks-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const moved = external(model, { file: "weights.bin", minimum: 50 });
    for (const [name, content] of moved.files) writeFileSync(path.join(folder, name), content);
    const file = path.join(folder, "model.onnx");
    writeFileSync(file, moved.model);
    expect(openModelBytes(moved.model).externalFiles).toEqual(["weights.bin"]);
    expect(await outputsOf(file, rows)).toEqual(await outputsOf(model, rows));
  });

  it("beside the model needs a tensor that is large enough", async () => {
    expect(await thrownCode(() => external(model, { file: "x", minimum: 1e6 }))).toBe("NOTHING_TO_DO");
  });
});
