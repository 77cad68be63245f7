import { nativeSha256 } from "@indicia/evidence/hash-file";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { markModel } from "@indicia/core/mark";
import { registeredBasisBytes } from "@indicia/core/registration";
import { createRegistration, registeredSeed } from "@indicia/core/registration-keys";
import { canonicalBytes, sha256Hex } from "@indicia/evidence/canonical";
import { openModel } from "@indicia/onnx/open";
import { proportionUpperBound } from "@indicia/proof/binomial";
import { BenchError } from "../error.js";
import { BASIS, CLOCK, ownerKey, readRegistration, REGISTRATION } from "./claim.js";
import { inputRows } from "./data.js";
import { MODEL, modelPath, type Needs, numbered, readModel } from "./needs.js";
import type { MarkedRecipe, RegistrationRecipe } from "./recipe.js";
import type { Files } from "./store.js";

/** One-sided, as marking counts it. */
const CONFIDENCE = 0.95;

/** Register the reference with its shadows. */
export async function madeRegistration(recipe: RegistrationRecipe, needs: Needs): Promise<Files> {
  const reference = modelPath(needs, "reference");
  const bytes = await readFile(reference);
  const shadows = await Promise.all(numbered(needs, "shadow").map((part) => readModel(needs, part)));
  const model = openModel(reference);
  try {
    const registration = await createRegistration({
      model,
      modelPath: reference,
      reference: { sha256: sha256Hex(bytes, nativeSha256), bytes: bytes.length, externalFiles: [] },
      ownerKey: ownerKey(recipe.key),
      owner: null,
      payload: null,
      calibration: await inputRows(recipe.calibration),
      pool: await inputRows(recipe.pool),
      shadows: shadows.map((each) => sha256Hex(each, nativeSha256)),
      created: CLOCK(),
    });
    const basis = registeredBasisBytes(registration);
    if (basis === null)
      throw new BenchError("MODEL_UNSUITABLE", "the reference has no read-out", "Take another reference.");
    return new Map([
      [REGISTRATION, canonicalBytes(registration.file)],
      [BASIS, basis],
    ]);
  } finally {
    model.close();
  }
}

/** Mark the reference's read-out as strongly as a share of changed labels admits. */
export async function madeMarked(recipe: MarkedRecipe, needs: Needs): Promise<Files> {
  const registration = await readRegistration(needs);
  const reference = modelPath(needs, "reference");
  const calibration = await inputRows(recipe.calibration);
  // Marking keeps an upper bound within the budget; here the share itself is given.
  const most = Math.floor(recipe.labels * calibration.rows);
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-extraction-"));
  const model = openModel(reference);
  try {
    const out = path.join(folder, MODEL);
    const report = await markModel({
      model,
      modelPath: reference,
      registration,
      seed: registeredSeed(registration, ownerKey(recipe.key), 0),
      calibration,
      weights: "off",
      readout: "auto",
      labelBudget: proportionUpperBound(most, calibration.rows, CONFIDENCE),
      payload: null,
      out,
    });
    return new Map([
      [MODEL, await readFile(out)],
      ["report.json", Buffer.from(JSON.stringify(report))],
    ]);
  } finally {
    model.close();
    await rm(folder, { recursive: true, force: true });
  }
}
