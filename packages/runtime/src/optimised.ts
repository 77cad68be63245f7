import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RuntimeError } from "./error.js";
import { loadOrt } from "./ort.js";

/**
 * A model as the runtime rewrites it before running: `basic` removes and folds nodes, `extended` fuses them into
 * operators of the runtime's own, `all` also lays them out for this processor.
 *
 * @param model bytes of an .onnx file without external data
 * @returns bytes of the rewritten file, which only this release of the runtime is sure to understand
 * @throws RuntimeError MODEL_INVALID
 */
export async function optimisedModel(
  model: Uint8Array,
  level: "basic" | "extended" | "all",
): Promise<Uint8Array> {
  const ort = await loadOrt();
  const folder = await mkdtemp(join(tmpdir(), "indicia-optimised-"));
  const file = join(folder, "model.onnx");
  try {
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ["cpu"],
      graphOptimizationLevel: level,
      optimizedModelFilePath: file,
      intraOpNumThreads: 1,
      logSeverityLevel: 4,
    });
    await session.release();
    return new Uint8Array(await readFile(file));
  } catch (cause) {
    throw new RuntimeError(
      "MODEL_INVALID",
      "onnxruntime cannot load the model or write it again",
      "Check that the file is a complete ONNX model with operators that onnxruntime knows.",
      { cause },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
