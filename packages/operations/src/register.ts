import { refuseExisting } from "@indicia/core/folder";
import { roundTime } from "@indicia/evidence/beacon";
import { requireEntries } from "@indicia/evidence/secret-register";
import { standingReasons } from "@indicia/evidence/standing";
import { writeRegistration } from "@indicia/core/registration-folder";
import { createRegistration } from "@indicia/core/registration-keys";
import { type MadeShadow, readShadowFolder, tryShadows } from "@indicia/core/shadow-folder";
import type { Context, Job } from "./context.js";
import { readKeyFile } from "./key-file.js";
import { anchorOf, chainOf } from "./anchor-demand.js";
import { anchorFiles, askAuthorities } from "./ask-authorities.js";
import { readRoots } from "./timestamp-roots.js";
import { enterSecrets } from "./enter-secrets.js";
import { fedInputs, identify, loadRows, npzRows, stages, withModel } from "./load.js";
import type { RegisterOptions } from "./options.js";
import { completed, readEntries } from "./secret-input.js";

/** Fewer rows than this neither measure the features well nor certify the default label budget. */
const FEW_ROWS = 600;
/** A shadow that gives the reference's label less often than this says little of what students get wrong. */
const POOR_AGREEMENT = 0.5;

/** `indicia register`: fix everything that must stand before a carrier exists. */
export const register: Job<RegisterOptions> = async (options, context) => {
  refuseExisting(options.out);
  const ownerKey = await readKeyFile(options.key, context);
  return withModel(options.model, async (model) => {
    if (options.calibrationIsDefault) {
      context.say(
        "No --calibration was given: random inputs stand in for real ones. The mark will fit the model's real use badly.",
      );
    }
    const inputs = fedInputs(model);
    const calibration = await loadRows(options.calibration, inputs, context);
    const pool = options.pool === null ? calibration : await loadRows(options.pool, inputs, context);
    if (!calibration.random && calibration.rows < FEW_ROWS) {
      context.say(
        `${calibration.rows} calibration rows are few: the mark will fit the model's real use badly. Give 1,000 or more.`,
      );
    }
    const reference = await identify(options.model, model, context.signal);
    const shadows = options.shadows === null ? [] : await readShadowFolder(options.shadows, reference.sha256);
    warnOfPoor(shadows, context);
    const secrets = options.secret === null ? null : await readEntries(options.secret);
    if (secrets !== null) requireEntries(completed(secrets, { ids: [], model: reference.sha256 }), 1);
    const trusted = await readRoots(options.anchor.roots);
    const chain = await chainOf(options.anchor);
    const progress = stages(context);
    const registration = await createRegistration({
      model,
      modelPath: options.model,
      reference,
      ownerKey,
      owner: options.owner,
      payload: options.payload,
      calibration,
      pool,
      shadows: shadows.map(({ sha256 }) => sha256),
      created: context.now(),
      ...(options.anchor.authorities.length === 0 && chain === null
        ? {}
        : { anchor: () => anchorOf(options.anchor, trusted, { chain, now: context.now() }) }),
      signal: context.signal,
      onProgress: (done, total) => progress.report("reading the calibration data", done, total),
    });
    progress.done();
    const { anchor } = registration.file;
    const dated =
      anchor === undefined
        ? []
        : await askAuthorities(registration.commitment, anchor, { ...options.anchor, trusted });
    await tryShadows(shadows, registration, calibration);
    const files = await writeRegistration(options.out, {
      registration,
      calibration,
      pool,
      shadows,
      payload: options.payload,
      format: npzRows,
      clock: context.now,
      anchors: anchorFiles(dated, trusted),
    });
    const { weights, readout } = registration.file;
    context.say(`Registered as ${registration.commitment} in ${options.out}.`);
    for (const { found } of dated) context.say(`Dated ${found.time} by "${found.signer.subject}".`);
    if (anchor?.beacon != null)
      context.say(
        `The carrier waits for round ${anchor.beacon.round} of the beacon, due at ${roundTime(anchor.beacon).toISOString()}.`,
      );
    const dating = { ...options.anchor, trusted };
    const entering = { registrationFolder: options.out, registration, ownerKey, dating };
    const entered = secrets === null ? null : await enterSecrets({ ...entering, entries: secrets }, context);
    if ("refusal" in weights) context.say(`No weight mark: ${weights.refusal}.`);
    if ("refusal" in readout)
      context.say(`No read-out mark: ${readout.refusal}. The weight mark still works.`);
    return {
      exitCode: 0,
      report: {
        commitment: registration.commitment,
        folder: options.out,
        files,
        reference: registration.file.reference,
        weights:
          "refusal" in weights
            ? weights
            : { tensors: weights.tensors.length, weights: countWeights(weights.tensors) },
        readout:
          "refusal" in readout
            ? readout
            : {
                output: readout.output,
                features: readout.features,
                classes: readout.classes,
                dimensions: readout.dimensions,
              },
        calibration: registration.file.calibration,
        pool: registration.file.pool,
        shadows: registration.file.shadows,
        timestamps: dated.map(({ found }, i) => ({ ...anchor?.timestamps[i], ...found })),
        beacon:
          anchor?.beacon == null ? null : { ...anchor.beacon, due: roundTime(anchor.beacon).toISOString() },
        secrets: entered,
        standing: "exploratory",
        standingReasons: standingReasons(registration.file),
      },
    };
  });
};

function warnOfPoor(shadows: readonly MadeShadow[], context: Context): void {
  const poor = shadows.filter(({ agreement }) => agreement < POOR_AGREEMENT);
  if (poor.length === 0) return;
  const each = poor.map(({ file, agreement }) => `${file} ${(100 * agreement).toFixed(1)} %`);
  context.say(
    `Shadows that seldom give the reference's label help little against substitutes (${each.join(", ")} of the inputs). ` +
      "Make better ones: more rows, more --epochs, or other --architectures.",
  );
}

function countWeights(tensors: readonly { readonly rows: number; readonly columns: number }[]): number {
  return tensors.reduce((sum, { rows, columns }) => sum + rows * columns, 0);
}
