import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { customersAdd } from "@indicia/operations/customers-add";
import { mark } from "@indicia/operations/mark";
import { z } from "zod";
import type { ModelCopy } from "../shapes/models.js";
import type { Task } from "../tasks/task.js";
import { COPY_FILE, copyFolder, MODEL_FILES } from "./model-files.js";

/** How a copy is to be marked. */
export interface MarkCopyOptions {
  readonly customer: string | null;
  readonly weights: "auto" | "off" | number;
  readonly readout: "auto" | "off" | number;
  readonly labelBudget: number;
}

export interface MarkCopyInput extends MarkCopyOptions {
  /** Folder of the model. */
  readonly folder: string;
  readonly ownerKey: Uint8Array;
  /** Id of the copy. */
  readonly copy: string;
  readonly payload: string | null;
}

/** What of the operation's report is kept. */
const reportSchema = z.object({
  sha256: z.string(),
  bytes: z.number(),
  marks: z.object({
    weights: z.object({ strength: z.number() }).nullable(),
    readout: z.object({ strength: z.number() }).nullable(),
  }),
  distortion: z.object({ rows: z.number(), labelsChanged: z.number(), labelsChangedUpper95: z.number() }),
  notes: z.array(z.string()),
});

/** Mark a copy as `indicia mark` does, its customer entered in the register before. */
export const markCopy: Task<MarkCopyInput, NonNullable<ModelCopy["marked"]>> = async (input, { context }) => {
  const { folder, ownerKey, copy, customer } = input;
  const registration = path.join(folder, MODEL_FILES.registration);
  const key = { held: ownerKey };
  const register = path.join(folder, MODEL_FILES.customers);
  if (customer !== null)
    await customersAdd(
      { registration, key, rounds: [], customers: register, ids: [customer], signer: null },
      context,
    );
  const out = copyFolder(folder, copy);
  // What an interrupted attempt left.
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const { report } = await mark(
    {
      model: path.join(folder, MODEL_FILES.reference),
      registration,
      key,
      rounds: [],
      out: path.join(out, COPY_FILE),
      weights: input.weights,
      readout: input.readout,
      labelBudget: input.labelBudget,
      payload: input.payload,
      customer: customer === null ? null : { id: customer, register },
    },
    context,
  );
  const { sha256, bytes, marks, distortion, notes } = reportSchema.parse(report);
  const strengths = { weights: marks.weights?.strength ?? null, readout: marks.readout?.strength ?? null };
  return { sha256, bytes, ...strengths, ...distortion, notes };
};
