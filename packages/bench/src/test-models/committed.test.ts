import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { evaluate } from "./evaluate.js";
import { GLYPH_CLASSES } from "./glyphs.js";
import { EVALUATION, type Manifest } from "./manifest.js";
import { RECIPES } from "./recipes.js";

const folder = fileURLToPath(new URL("../../../../test-models/", import.meta.url));
const manifest = JSON.parse(readFileSync(`${folder}manifest.json`, "utf8")) as Manifest;

describe("test-models", () => {
  it("lists every file, made by the recipes as they are", () => {
    const files = readdirSync(folder).filter((name) => name.endsWith(".onnx"));
    expect(manifest.models.map(({ file }) => file).sort()).toEqual(files.sort());
    expect(manifest.models.map(({ recipe }) => recipe)).toEqual(RECIPES);
    expect(manifest.classes).toEqual(GLYPH_CLASSES);
    expect(manifest.evaluation).toEqual(EVALUATION);
    expect(manifest.models.filter(({ recipe }) => recipe.role === "innocent")).toHaveLength(3);
  });

  describe.each(manifest.models)("$file", (model) => {
    it("is what the manifest says, and small", () => {
      const bytes = readFileSync(folder + model.file);
      expect(createHash("sha256").update(bytes).digest("hex")).toBe(model.sha256);
      expect(bytes.length).toBe(model.bytes);
      expect(bytes.length).toBeLessThan(1_000_000);
    });

    it("is as accurate and as sure as the manifest says", async () => {
      const found = await evaluate(folder + model.file, manifest.evaluation);
      expect(model.accuracy).toBeGreaterThan(0.95);
      expect(Math.abs(model.confidence - model.accuracy)).toBeLessThan(0.01);
      // Another processor may tip one or two of the images.
      expect(Math.abs(found.accuracy - model.accuracy)).toBeLessThan(0.001);
      expect(Math.abs(found.loss - model.loss)).toBeLessThan(0.001);
      expect(Math.abs(found.confidence - model.confidence)).toBeLessThan(0.001);
    });
  });
});
