import type { ConclusionFile, ObservedLook, SealedResidual } from "@indicia/evidence/formats";
import { certify, LN_GROUND_SEEDS, toLog10 } from "@indicia/proof/tail";
import { payloadCommitment } from "@indicia/proof/payload-commitment";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { int16Values } from "./bytes.js";
import { controlOutcomes } from "./conclude-controls.js";
import { lookWitnesses, type WeighedWitness, witnessLine } from "./conclude-witnesses.js";
import { CoreError } from "./error.js";
import type { SealedObservation } from "./observation.js";
import { type Registration, standingReasons } from "./registration.js";

export interface ConclusionRequest {
  readonly observation: SealedObservation;
  readonly registration: Registration;
  /** Carrier seed of the sub-key, from `registeredSeed`. */
  readonly seed: Uint8Array;
  readonly subKey: number;
  /** Position among all observations counted under the registration, from 1. */
  readonly position: number;
  readonly level: number;
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
  const { observation, registration, level } = request;
  checkBelongs(request);
  const witnesses = allWitnesses(request);
  const best = strongest(witnesses);
  const controls = controlOutcomes(request, best);
  const { lnP } = best;
  const fired = controls.fired;
  const matches = certify(lnP) <= Math.log(level) && fired.length === 0;
  const { file } = observation;
  return {
    version: 1,
    kind: "indicia conclusion",
    registration: registration.commitment,
    observation: observation.seal,
    subKey: request.subKey,
    position: request.position,
    verdict: matches ? "match" : "inconclusive",
    standing: "exploratory",
    standingReasons: [...standingReasons(registration), ...fired],
    log10P: toLog10(certify(lnP)),
    log10PIdeal: toLog10(lnP),
    log10PGround: toLog10(Math.min(0, lnP + LN_GROUND_SEEDS)),
    level,
    claim: `${matches ? "rejects" : "does not reject"} independence of ${file.suspect.target} from key ${registration.file.subKeys.root.slice(0, 16)}`,
    limits: [...LIMITS],
    payload:
      request.payload === null
        ? null
        : { text: request.payload.text, nonce: bytesToHex(request.payload.nonce) },
    witnesses: bestPerStatistic(witnesses).map((each) => witnessLine(request, each)),
    controls: controls.outcomes,
    looks: file.looks.map((look, index) => curvePoint(look, index, witnesses)),
    queries: file.probes?.asked ?? 0,
    lostQueries: file.probes?.lost ?? 0,
    concluded: request.clock().toISOString(),
  };
}

/** What every conclusion says about its own reach. */
const LIMITS: readonly string[] = [
  "What is rejected is that the suspect was made without knowledge of anything marked under this key; p is not the probability of innocence.",
  "A lawful licensee of the marked model, or one who trained on its lawful answers, is not independent of the key either.",
  "Conditional on an honest transcript: whoever holds the key could invent answers, unless a neutral party observed.",
  "Neither title to the reference nor the act of copying is proved. Unregistered attempts cannot be excluded.",
];

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

function allWitnesses(request: ConclusionRequest): WeighedWitness[] {
  const { looks } = request.observation.file;
  return looks.flatMap((look, index) => lookWitnesses(request, look, index + 1));
}

function strongest(witnesses: readonly WeighedWitness[]): WeighedWitness {
  const [best] = witnesses.toSorted((a, b) => a.lnP - b.lnP);
  if (best !== undefined) return best;
  throw new CoreError(
    "OBSERVATION_INVALID",
    "the observation holds no residual",
    "Observe the suspect again.",
  );
}

/** One line per statistic, at the look where it said most, strongest first. */
function bestPerStatistic(witnesses: readonly WeighedWitness[]): WeighedWitness[] {
  const best = new Map<string, WeighedWitness>();
  for (const each of witnesses) {
    const key = `${each.mark} ${each.statistic}`;
    const known = best.get(key);
    if (known === undefined || each.lnP < known.lnP) best.set(key, each);
  }
  return [...best.values()].sort((a, b) => a.lnP - b.lnP);
}

function curvePoint(
  look: ObservedLook,
  index: number,
  witnesses: readonly WeighedWitness[],
): ConclusionFile["looks"][number] {
  const at = witnesses.filter((each) => each.look === index + 1);
  const best = at.length > 0 ? strongest(at) : null;
  return { probes: look.probes, T: best?.T ?? 0, log10PIdeal: best === null ? 0 : toLog10(best.lnP) };
}

/** The stored int16 values of a sealed residual. */
export function residualValues(observation: SealedObservation, residual: SealedResidual): Int16Array {
  const bytes = observation.files.get(residual.file);
  if (bytes === undefined || bytes.length % 2 !== 0) {
    throw new CoreError(
      "OBSERVATION_INVALID",
      `the observation lacks "${residual.file}"`,
      "Restore the observation folder, or observe again.",
    );
  }
  return int16Values(bytes);
}

export function sealBytes(observation: SealedObservation): Uint8Array {
  return hexToBytes(observation.seal);
}
