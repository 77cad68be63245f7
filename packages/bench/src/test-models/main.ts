import { createHash } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { evaluate } from "./evaluate.js";
import { fitModel } from "./fit.js";
import { GLYPH_CLASSES } from "./glyphs.js";
import { EVALUATION, type Manifest, type ManifestModel } from "./manifest.js";
import { RECIPES, type Recipe } from "./recipes.js";

const COMMAND = "npm run test-models";
/** The folder at the top of the checkout, unless another is named. */
const FOLDER: string = fileURLToPath(new URL("../../../../test-models/", import.meta.url));

async function main(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const models: ManifestModel[] = [];
  for (const recipe of RECIPES) models.push(await make(recipe, folder));
  const manifest: Manifest = {
    version: 1,
    command: COMMAND,
    evaluation: EVALUATION,
    classes: GLYPH_CLASSES,
    models,
  };
  await replace(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function make(recipe: Recipe, folder: string): Promise<ManifestModel> {
  const start = performance.now();
  const { bytes, weights, features } = await fitModel(
    recipe,
    ({ step, steps, rowsPerSecond, secondsLeft }) => {
      if (step % 100 !== 0) return;
      const pace = `${Math.round(rowsPerSecond)} images/s, ${Math.ceil(secondsLeft)} s left`;
      process.stderr.write(`${recipe.name}: step ${step} of ${steps}, ${pace}\n`);
    },
  );
  const { accuracy, loss, confidence } = await evaluate(bytes, EVALUATION);
  const file = `${recipe.name}.onnx`;
  await replace(join(folder, file), bytes);
  const seconds = (performance.now() - start) / 1000;
  process.stderr.write(
    `${file}: ${weights} weights, ${(100 * accuracy).toFixed(2)} % right, ` +
      `${(100 * confidence).toFixed(2)} % sure, ${seconds.toFixed(1)} s\n`,
  );
  return {
    file,
    sha256: createHash("sha256").update(bytes).digest("hex"),
    bytes: bytes.length,
    weights,
    features,
    accuracy: round(accuracy),
    loss: round(loss),
    confidence: round(confidence),
    recipe,
  };
}

/** A file appears whole or not at all. */
async function replace(path: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${path}.tmp-${process.pid}`;
  await writeFile(temporary, content, { flush: true });
  await rename(temporary, path);
}

/** Four decimals are all that so many images can tell. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}

await main(process.argv[2] ?? FOLDER);
