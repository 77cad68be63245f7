import { readdir, rename } from "node:fs/promises";
import path from "node:path";
import { identify, withModel } from "@indicia/operations/load";
import { MODEL_ARCHIVE } from "../archives/archive-limits.js";
import { isArchive, unpackArchive } from "../archives/unpack-archive.js";
import { VerifierError } from "../error.js";
import type { Task } from "../tasks/task.js";
import { adoptUpload } from "../uploads/upload-store.js";
import { MODEL_FILES } from "./model-files.js";

export interface PlaceReferenceInput {
  /** The upload: an .onnx file, or a zip archive of one with its external data. */
  readonly upload: string;
  /** Folder of the model, empty. */
  readonly folder: string;
}

/** What a reference is, once our decoder has been through it. */
export interface PlacedReference {
  readonly sha256: string;
  readonly bytes: number;
  readonly externalFiles: readonly string[];
}

/**
 * Put a reference that somebody uploaded into its model's folder, and see whether it is a model.
 *
 * @throws VerifierError UNPROCESSABLE; OnnxError for what is no model, or lacks its external data
 */
export const placeReference: Task<PlaceReferenceInput, PlacedReference> = async ({ upload, folder }) => {
  const file = path.join(folder, MODEL_FILES.reference);
  if (await isArchive(upload)) await unpackModel(upload, folder);
  else await adoptUpload({ path: upload }, file);
  return await withModel(file, async (model) => {
    const clash = model.externalFiles.find(isOurs);
    if (clash !== undefined) throw unsuited(`external data cannot be called "${clash}" here`);
    await requireExternal(folder, model.externalFiles);
    const { sha256, bytes } = await identify(file, model);
    return { sha256, bytes, externalFiles: model.externalFiles };
  });
};

/** External data keep their names, by which the model knows them; the model itself gets ours. */
async function unpackModel(upload: string, folder: string): Promise<void> {
  const names = await unpackArchive(upload, folder, MODEL_ARCHIVE);
  const models = names.filter((name) => name.toLowerCase().endsWith(".onnx"));
  const [model] = models;
  if (model === undefined || models.length > 1)
    throw unsuited(`the archive holds ${models.length} .onnx files, not one`);
  if (model.includes("/")) throw unsuited("the .onnx file lies deeper in the archive than its data");
  const clash = names.find((name) => name !== model && isOurs(name));
  if (clash !== undefined) throw unsuited(`a file cannot be called "${clash}" here`);
  await rename(path.join(folder, model), path.join(folder, MODEL_FILES.reference));
}

async function requireExternal(folder: string, names: readonly string[]): Promise<void> {
  const found = new Set(
    (await readdir(folder, { recursive: true })).map((name) => name.replaceAll("\\", "/")),
  );
  const missing = names.find((name) => !found.has(name));
  if (missing !== undefined)
    throw unsuited(`the model keeps weights in "${missing}", which was not uploaded with it`);
}

/** Whether a name is one of those that the service gives in a model's folder. */
function isOurs(name: string): boolean {
  const [first = ""] = name.toLowerCase().split("/");
  return Object.values(MODEL_FILES).some((own) => own === first);
}

function unsuited(message: string): VerifierError {
  return new VerifierError(
    "UNPROCESSABLE",
    message,
    "Upload the .onnx file alone, or a zip archive of it and its external data side by side.",
  );
}
