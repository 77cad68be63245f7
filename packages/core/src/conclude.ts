import { drawConclusion } from "@indicia/evidence/draw-conclusion";
import { EvidenceError } from "@indicia/evidence/error";
import type { ConclusionFile } from "@indicia/evidence/conclusion-format";
import type { PlanFile } from "@indicia/evidence/plan";
import { payloadCommitment } from "@indicia/proof/payload-commitment";
import { bytesToHex } from "@noble/hashes/utils.js";
import { CoreError } from "./error.js";
import { nodeKeystream } from "./keystream-node.js";
import type { SealedObservation } from "./observation.js";
import type { Registration } from "./registration.js";

export interface ConclusionRequest {
  readonly observation: SealedObservation;
  readonly registration: Registration;
  /** Carrier seed of the sub-key, from `registeredSeed`. */
  readonly seed: Uint8Array;
  readonly subKey: number;
  /** Position among all observations counted under the registration, from 1. */
  readonly position: number;
  readonly level: number;
  /** The plan that the observation follows; absent where there is none. */
  readonly plan?: PlanFile | null;
  /** What opens the registered commitment to a payload, or null where there is none or it is not opened. */
  readonly payload: { readonly text: string; readonly nonce: Uint8Array } | null;
  /** Decoy keys; fewer than registered only where no conclusion is published (an early look). */
  readonly decoyKeys: number;
  readonly clock: () => Date;
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

/**
 * Open the key on a sealed observation.
 *
 * @throws CoreError WRONG_REGISTRATION where the observation was made under another registration,
 *   OBSERVATION_INVALID where files are missing
 */
export function conclude(request: ConclusionRequest): ConclusionFile {
  const { payload, clock, ...rest } = request;
  checkBelongs(request);
  try {
    return drawConclusion({
      ...rest,
      // What nothing in the observation can speak of stays closed.
      payload:
        payload === null || !hasWeights(request)
          ? null
          : { text: payload.text, nonce: bytesToHex(payload.nonce) },
      keystream: nodeKeystream,
      concluded: clock().toISOString(),
    });
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    throw new CoreError(
      "OBSERVATION_INVALID",
      error.message,
      "Restore the observation folder, or observe again.",
      { cause: error },
    );
  }
}

function hasWeights({ observation }: ConclusionRequest): boolean {
  return observation.file.looks.some(({ residuals }) =>
    residuals.some(({ carrier }) => carrier.scheme !== "readout/1"),
  );
}

function checkBelongs({ observation, registration, payload }: ConclusionRequest): void {
  if (payload !== null && payloadCommitment(payload.nonce, payload.text) !== registration.file.payload) {
    throw new CoreError(
      "WRONG_REGISTRATION",
      "the payload is not the one that was committed to",
      "Give the registered text.",
    );
  }
  if (observation.file.registration === registration.commitment) return;
  throw new CoreError(
    "WRONG_REGISTRATION",
    "the observation was made under another registration",
    "Give the registration folder that was used to observe.",
  );
}
