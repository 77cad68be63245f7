import { readdir, rename } from "node:fs/promises";
import path from "node:path";
import { identify, withModel } from "@indicia/operations/load";
import { MODEL_ARCHIVE } from "../archives/archive-limits.js";
import { isArchive, unpackArchive } from "../archives/unpack-archive.js";
import { VerifierError } from "../error.js";
import type { Task } from "../tasks/task.js";
import { adoptUpload } from "../uploads/upload-store.js";

export interface PlaceModelInput {
  /** Path of the upload: an .onnx file, or a zip archive of one with its external data. */
  readonly upload: string;
  /** Folder for it, empty. */
  readonly folder: string;
  /** Name that the model gets in it. */
  readonly name: string;
  /** Names in the folder that are kept for other things. */
  readonly taken: readonly string[];
}

/** What a model is, once our decoder has been through it. */
export interface PlacedModel {
  readonly sha256: string;
  readonly bytes: number;
  readonly externalFiles: readonly string[];
}

/**
 * Put a model that somebody uploaded into a folder, and see whether it is one.
 *
 * @throws VerifierError UNPROCESSABLE; OnnxError for what is no model
 */
export const placeModel: Task<PlaceModelInput, PlacedModel> = async (input) => {
  const { upload, folder, name } = input;
  const file = path.join(folder, name);
  if (await isArchive(upload)) await unpackModel(input);
  else await adoptUpload({ path: upload }, file);
  return await withModel(file, async (model) => {
    requireFree(model.externalFiles, input);
    await requireExternal(folder, model.externalFiles);
    const { sha256, bytes } = await identify(file, model);
    return { sha256, bytes, externalFiles: model.externalFiles };
  });
};

/** External data keep their names, by which the model knows them; the model itself gets ours. */
async function unpackModel(input: PlaceModelInput): Promise<void> {
  const { upload, folder, name } = input;
  const names = await unpackArchive(upload, folder, MODEL_ARCHIVE);
  const models = names.filter((each) => each.toLowerCase().endsWith(".onnx"));
  const [model] = models;
  if (model === undefined || models.length > 1)
    throw unsuited(`the archive holds ${models.length} .onnx files, not one`);
  if (model.includes("/")) throw unsuited("the .onnx file lies deeper in the archive than its data");
  requireFree(
    names.filter((each) => each !== model),
    input,
  );
  await rename(path.join(folder, model), path.join(folder, name));
}

async function requireExternal(folder: string, names: readonly string[]): Promise<void> {
  const found = new Set(
    (await readdir(folder, { recursive: true })).map((name) => name.replaceAll("\\", "/")),
  );
  const missing = names.find((name) => !found.has(name));
  if (missing !== undefined)
    throw unsuited(`the model keeps weights in "${missing}", which was not uploaded with it`);
}

/** What comes with a model may have no name that the service gives to something else. */
function requireFree(names: readonly string[], { name, taken }: PlaceModelInput): void {
  const ours = [name, ...taken].map((each) => each.toLowerCase());
  const clash = names.find((each) => ours.includes(each.toLowerCase().split("/")[0] ?? ""));
  if (clash !== undefined) throw unsuited(`a file beside the model cannot be called "${clash}" here`);
}

function unsuited(message: string): VerifierError {
  return new VerifierError(
    "UNPROCESSABLE",
    message,
    "Upload the .onnx file alone, or a zip archive of it and its external data side by side.",
  );
}
