import type { Keystream } from "@indicia/proof/keystream";
import { certify, LN_GROUND_SEEDS, toLog10 } from "@indicia/proof/tail";
import { altered } from "./error.js";
import type { ConclusionFile } from "./conclusion-format.js";
import type { ObservationFile, ObservedLook } from "./observation-format.js";
import type { RegistrationFile } from "./registration-format.js";
import { conclusionControls } from "./conclusion-controls.js";
import {
  lookWitnesses,
  type ObservedFiles,
  type WeighedWitness,
  witnessLine,
} from "./conclusion-witnesses.js";
import { freshWords, limitsOf } from "./limits.js";
import type { PlanFile } from "./plan.js";
import { isSalted, standingReasons } from "./standing.js";

/** A sealed observation, a registration and an opened key: all that a conclusion follows from. */
export interface ConclusionRequest {
  readonly registration: { readonly file: RegistrationFile; readonly commitment: string };
  readonly observation: {
    readonly file: ObservationFile;
    /** SHA-256 of observation.json, hex. */
    readonly seal: string;
    /** The other files of the observation, by name. */
    readonly files: ObservedFiles;
  };
  /** Carrier seed of the sub-key, 32 bytes. */
  readonly seed: Uint8Array;
  readonly subKey: number;
  /** Position among all observations counted under the registration, from 1. */
  readonly position: number;
  readonly level: number;
  /** The plan that the observation follows; absent where there is none. */
  readonly plan?: PlanFile | null;
  /** What opens the registered commitment to a payload, hex nonce; null where there is none or it stays closed. */
  readonly payload: { readonly text: string; readonly nonce: string } | null;
  /** Decoy keys; fewer than registered only where no conclusion is published (an early look). */
  readonly decoyKeys: number;
  readonly keystream: Keystream;
  /** When the key was opened, RFC 3339. */
  readonly concluded: string;
  readonly onProgress?: (stage: string, done: number, total: number) => void;
}

/**
 * What a key says of a sealed observation. The same request gives the same conclusion on every machine, but for the
 * last digits of sums of doubles, so whoever has the sub-key can hold a conclusion against it field by field.
 *
 * @throws EvidenceError OBSERVATION_FILE_MISSING where a residual is missing or cut; STATISTIC_DIFFERS where the
 *   observation has no residual
 */
export function drawConclusion(request: ConclusionRequest): ConclusionFile {
  const { registration, observation, level } = request;
  const { file } = observation;
  const witnesses = file.looks.flatMap((look, index) => lookWitnesses(request, look, index + 1));
  const best = strongest(witnesses);
  if (best === null) throw altered("STATISTIC_DIFFERS", "the observation has no residual");
  const controls = conclusionControls(request, best);
  const { lnP } = best;
  const matches = certify(lnP) <= Math.log(level) && controls.fired.length === 0;
  const reasons = [
    ...standingReasons(registration.file, { level, plan: request.plan ?? null }),
    ...controls.fired,
  ];
  return {
    version: 1,
    kind: "indicia conclusion",
    registration: registration.commitment,
    observation: observation.seal,
    ...(file.plan === undefined ? {} : { plan: file.plan }),
    ...(file.observer === undefined ? {} : { observer: file.observer }),
    subKey: request.subKey,
    position: request.position,
    verdict: matches ? "match" : "inconclusive",
    standing: reasons.length === 0 ? "anchored" : "exploratory",
    standingReasons: reasons,
    log10P: toLog10(certify(lnP)),
    log10PIdeal: toLog10(lnP),
    log10PGround: toLog10(isSalted(registration.file) ? lnP : Math.min(0, lnP + LN_GROUND_SEEDS)),
    level,
    claim: `${matches ? "rejects" : "does not reject"} independence of ${file.suspect.target} from key ${registration.file.subKeys.root.slice(0, 16)}${freshWords(file)}`,
    limits: limitsOf(file, registration.file.signer),
    payload: request.payload,
    witnesses: bestPerStatistic(witnesses).map((each) => witnessLine(file.access, each)),
    controls: controls.outcomes,
    looks: file.looks.map((look, index) => curvePoint(look, index, witnesses)),
    queries: rowsAsked(file),
    lostQueries: file.probes?.lost ?? 0,
    concluded: request.concluded,
  };
}

/** Rows that the suspect was asked in all: probes, and what was asked to learn how it answers. */
export function rowsAsked({ probes }: ObservationFile): number {
  return probes === null ? 0 : probes.asked + (probes.learning ?? 0);
}

function strongest(witnesses: readonly WeighedWitness[]): WeighedWitness | null {
  return witnesses.toSorted((a, b) => a.lnP - b.lnP)[0] ?? null;
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
  const best = strongest(witnesses.filter((each) => each.look === index + 1));
  return { probes: look.probes, T: best?.T ?? 0, log10PIdeal: best === null ? 0 : toLog10(best.lnP) };
}
