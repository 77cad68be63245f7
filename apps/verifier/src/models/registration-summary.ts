import type { Registration } from "@indicia/core/registration";
import { standingReasons } from "@indicia/evidence/standing";
import type { RegistrationSummary } from "../shapes/models.js";

/** What stays of a registration once it is made. How often it was used is in its chain. */
export type StoredRegistration = Omit<RegistrationSummary, "counted">;

/** What a registration says, as lists and pages show it. */
export function summariseRegistration({ file, commitment }: Registration): StoredRegistration {
  const { reference, weights, readout, anchor } = file;
  return {
    commitment,
    created: file.created,
    owner: file.owner,
    reference: { sha256: reference.sha256, bytes: reference.bytes },
    weights: { refusal: "refusal" in weights ? weights.refusal : null },
    readout:
      "refusal" in readout
        ? { refusal: readout.refusal, classes: null }
        : { refusal: null, classes: readout.classes },
    pool: { rows: file.pool.rows, random: file.pool.random },
    shadows: file.shadows.length,
    level: file.parameters.level,
    timestamps: anchor?.timestamps.length ?? 0,
    beacon: anchor?.beacon != null,
    standingReasons: standingReasons(file),
  };
}
