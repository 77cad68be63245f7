import path from "node:path";
import { parseCanonical, sha256Hex } from "@indicia/evidence/canonical";
import { EvidenceError } from "@indicia/evidence/error";
import { type ShadowManifest, shadowManifestSchema } from "@indicia/evidence/shadow-manifest";
import { sliceRows } from "@indicia/onnx/tensor";
import { CoreError } from "./error.js";
import { readFolderFile } from "./folder.js";
import type { InputRows, Registration } from "./registration.js";
import { openShadows } from "./shadow-models.js";

/** Name of the list in a folder of shadow models. */
const MANIFEST = "shadows.json";
/** A shadow is held in memory with all the others, and copied into the registration. */
const MAX_SHADOW_BYTES: number = 256 * 1024 ** 2;
/** Calibration rows on which each shadow has to answer: enough to see that it can. */
const TRIAL_ROWS = 64;

/** A shadow model as it is registered. */
export interface ShadowModel {
  readonly bytes: Uint8Array;
  /** Hex. */
  readonly sha256: string;
}

/** A shadow model as it was made. */
export interface MadeShadow extends ShadowModel {
  /** Name in the folder. */
  readonly file: string;
  /** Share of the inputs it was made with to which it gives the reference's label. */
  readonly agreement: number;
}

/** Name of a shadow model in a registration folder, by its position from 0. */
export function registeredShadowName(index: number): string {
  return `shadows/shadow-${index + 1}.onnx`;
}

/**
 * Read a folder that `indicia shadows` made: unchanged students of this very reference.
 *
 * @param reference SHA-256 of the reference's file, hex
 * @throws CoreError SHADOWS_INVALID, FOLDER_INVALID
 */
export async function readShadowFolder(folder: string, reference: string): Promise<MadeShadow[]> {
  const manifest = await readManifest(folder);
  if (manifest.reference !== reference)
    throw invalid("the shadow models are students of another reference", "Make them anew from this model.");
  const shadows: MadeShadow[] = [];
  for (const { file, sha256, agreement } of manifest.models) {
    const bytes = await readFolderFile(folder, file);
    if (bytes === null || bytes.length > MAX_SHADOW_BYTES || sha256Hex(bytes) !== sha256)
      throw invalid(`"${file}" is missing, was changed, or has more than ${MAX_SHADOW_BYTES} bytes`);
    if (shadows.some((other) => other.sha256 === sha256)) throw invalid(`"${file}" is there twice`);
    shadows.push({ bytes, sha256, file, agreement });
  }
  return shadows;
}

/**
 * Run each shadow model on rows of the calibration data.
 *
 * @throws CoreError SHADOWS_INVALID where one does not give a finite logit per class; NO_READOUT
 */
export async function tryShadows(
  shadows: readonly ShadowModel[],
  registration: Registration,
  calibration: Pick<InputRows, "rows" | "tensors">,
): Promise<void> {
  const { readout } = registration.file;
  if (shadows.length === 0) return;
  if ("refusal" in readout) {
    throw new CoreError(
      "NO_READOUT",
      `shadow models serve the read-out mark, and this model has none: ${readout.refusal}`,
      "Register it without --shadows.",
    );
  }
  const rows = Math.min(TRIAL_ROWS, calibration.rows);
  const trial = Object.entries(calibration.tensors).map(
    ([name, tensor]) => [name, sliceRows(tensor, 0, rows)] as const,
  );
  const reader = await openShadows(
    shadows.map(({ bytes }) => bytes),
    readout.classes,
  );
  try {
    await reader.read({ rows, tensors: Object.fromEntries(trial) });
  } finally {
    await reader.close();
  }
}

/**
 * The registered shadow models, each held against its registered hash; none where none were registered.
 *
 * @throws CoreError REGISTRATION_INVALID
 */
export async function readRegisteredShadows(folder: string, { file }: Registration): Promise<Uint8Array[]> {
  const models: Uint8Array[] = [];
  for (const [index, hash] of file.shadows.entries()) {
    const name = registeredShadowName(index);
    const bytes = await readFolderFile(folder, name);
    if (bytes === null || sha256Hex(bytes) !== hash) {
      throw new CoreError(
        "REGISTRATION_INVALID",
        `${name} is missing or is not what was registered`,
        "Restore the registration folder from a backup.",
      );
    }
    models.push(bytes);
  }
  return models;
}

async function readManifest(folder: string): Promise<ShadowManifest> {
  const bytes = await readFolderFile(folder, MANIFEST);
  if (bytes === null) throw invalid(`there is no ${MANIFEST} in "${path.resolve(folder)}"`);
  const parsed = shadowManifestSchema.safeParse(parsedJson(bytes));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`${MANIFEST} is malformed: ${issue?.path.join(".") ?? ""} ${issue?.message ?? "unknown"}`);
}

function parsedJson(bytes: Uint8Array): unknown {
  try {
    return parseCanonical(bytes);
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw invalid(`${MANIFEST} is no canonical JSON: ${error.message}`);
  }
}

function invalid(message: string, hint = "Give the folder that `indicia shadows --out` wrote."): CoreError {
  return new CoreError("SHADOWS_INVALID", message, hint);
}
