import { existsSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { readFolderFile, refuseExisting } from "@indicia/core/folder";
import { canonicalBytes, canonicalText, parseCanonical, sha256Hex } from "@indicia/evidence/canonical";
import { writeDurably } from "@indicia/evidence/durable-file";
import { OperationError } from "./error.js";

/** The list, there once all shadows are. */
const MANIFEST = "shadows.json";
/** The list while they are being made. */
const UNFINISHED = "unfinished.json";

/** What the shadows of a folder have in common; one folder holds those of one call. */
export interface ShadowsPlan {
  /** SHA-256 of the reference's file, hex. */
  readonly reference: string;
  readonly inputs: { readonly rows: number; readonly sha256: string; readonly random: boolean };
  readonly models: readonly PlannedShadow[];
}

export interface PlannedShadow {
  readonly file: string;
  readonly architecture: string;
  readonly seed: number;
  readonly epochs: number;
}

export interface FinishedShadow extends PlannedShadow {
  readonly sha256: string;
  /** Share of the inputs to which it gives the reference's label. */
  readonly agreement: number;
}

/** A folder in which shadows appear one by one. */
export interface ShadowsFolder {
  /** Those that an earlier call finished, in their order. */
  readonly finished: readonly FinishedShadow[];
  /** Of a shadow that was interrupted; null where it was not begun. */
  checkpoint(shadow: PlannedShadow): Promise<Uint8Array | null>;
  saveCheckpoint(shadow: PlannedShadow, bytes: Uint8Array): Promise<void>;
  keep(shadow: Omit<FinishedShadow, "sha256">, bytes: Uint8Array): Promise<FinishedShadow>;
  /** Write the list, which makes the folder complete. */
  finish(): Promise<void>;
}

/**
 * Make a folder for shadows, or go on with one of the same plan.
 *
 * @throws CoreError OUTPUT_EXISTS, FOLDER_INVALID; OperationError SHADOWS_DIFFER where the folder is of another plan
 */
export async function openShadowsFolder(
  folder: string,
  plan: ShadowsPlan,
  resume: boolean,
): Promise<ShadowsFolder> {
  const at = (name: string): string => path.join(folder, name);
  const begun = resume && existsSync(folder);
  if (!begun) refuseExisting(folder);
  const finished = begun ? await readFinished(folder, plan) : [];
  if (!begun) await mkdir(folder);
  const list = (): Uint8Array => canonicalBytes({ ...headOf(plan), models: finished });
  if (finished.length < plan.models.length) await writeDurably(at(UNFINISHED), list());
  return {
    finished,
    checkpoint: (shadow) => readFolderFile(folder, checkpointOf(shadow)),
    saveCheckpoint: (shadow, bytes) => writeDurably(at(checkpointOf(shadow)), bytes),
    async keep(shadow, bytes) {
      const kept = { ...shadow, sha256: sha256Hex(bytes) };
      await writeDurably(at(shadow.file), bytes);
      finished.push(kept);
      await writeDurably(at(UNFINISHED), list());
      await rm(at(checkpointOf(shadow)), { force: true });
      return kept;
    },
    async finish() {
      await writeDurably(at(MANIFEST), list());
      await rm(at(UNFINISHED), { force: true });
      // One may be left by a process that was killed just after its shadow was listed.
      for (const shadow of plan.models) await rm(at(checkpointOf(shadow)), { force: true });
    },
  };
}

function checkpointOf({ file }: Pick<PlannedShadow, "file">): string {
  return file.replace(/\.onnx$/, ".checkpoint");
}

function headOf({ reference, inputs }: ShadowsPlan): Readonly<Record<string, unknown>> {
  return { version: 1, kind: "indicia shadows", reference, inputs };
}

/** The shadows that are there whole, as far as they are the plan's first ones. */
async function readFinished(folder: string, plan: ShadowsPlan): Promise<FinishedShadow[]> {
  const bytes = (await readFolderFile(folder, UNFINISHED)) ?? (await readFolderFile(folder, MANIFEST));
  if (bytes === null) throw differs(`"${folder}" holds no shadows that were begun`);
  const { models, ...head } = parseCanonical(bytes) as { readonly models: readonly FinishedShadow[] };
  if (canonicalText(head) !== canonicalText(headOf(plan)))
    throw differs(`"${folder}" holds shadows of another reference or of other inputs`);
  for (const [i, { sha256, agreement, ...planned }] of models.entries()) {
    if (canonicalText(planned) !== canonicalText(plan.models[i] ?? {}))
      throw differs(`"${planned.file}" was made with other options`);
    const file = await readFolderFile(folder, planned.file);
    if (file === null || sha256Hex(file) !== sha256 || !(agreement >= 0))
      throw differs(`"${planned.file}" was changed`);
  }
  return [...models];
}

function differs(message: string): OperationError {
  return new OperationError(
    "SHADOWS_DIFFER",
    message,
    "Give the options of the first call, or another --out.",
  );
}
