import { corrected } from "@indicia/proof/correction";
import { type DecoySpread, falseClaimSeed } from "@indicia/proof/decoys";
import { lnRademacherTail } from "@indicia/proof/tail";
import { hexToBytes } from "@noble/hashes/utils.js";
import type { ConclusionRequest } from "./draw-conclusion.js";
import type { ConclusionFile, ControlOutcome } from "./conclusion-format.js";
import type { ObservedControl, SealedResidual } from "./observation-format.js";

/** Standard errors by which the decoys' mean and spread may miss 0 and 1 before the arithmetic is doubted. */
const DECOY_TOLERANCE = 6;

/** No decoy was tried. */
export const NO_DECOYS: DecoySpread = { keys: 0, mean: 0, deviation: 0, largest: 0 };

export interface Controls {
  readonly outcomes: ConclusionFile["controls"];
  /** Reasons why the verdict is void; empty where every control held. */
  readonly fired: string[];
}

/** How controls are tried: as the strongest statistic of the suspect was, and with the corrections that it paid. */
export interface ControlTrial extends Pick<ConclusionRequest, "registration" | "observation"> {
  /** Look of the strongest statistic, from 1; null where nothing was found that could be held against controls. */
  readonly look: number | null;
  /** Whether residuals reach the level under the key. */
  readonly reaches: (residuals: readonly SealedResidual[]) => boolean;
  /** Whether they reach it under the seed of nobody's key. */
  readonly reachesFalsely: (residuals: readonly SealedResidual[], seed: Uint8Array) => boolean;
  /** Decoys on the strongest statistic. */
  readonly decoys: DecoySpread;
  /** How a report says that a control fired. */
  readonly words: { readonly fired: string; readonly falseClaim: string; readonly decoys: string };
}

/** Put the controls of an observation on trial, and a claim that is false by its making. */
export function controlOutcomes(trial: ControlTrial): Controls {
  const { registration, look, decoys, words } = trial;
  const fired: string[] = [];
  const outcome = (
    kind: ObservedControl["kind"],
    what: string,
    none: ControlOutcome = "not run",
  ): ControlOutcome => {
    const models = trial.observation.file.controls.filter((control) => control.kind === kind);
    if (models.length === 0 || look === null) return none;
    const matching = models.filter(({ residuals }) => trial.reaches(residuals));
    if (matching.length === 0) return "inconclusive";
    fired.push(`control fired: ${what} ${words.fired} (${matching.map(({ name }) => name).join(", ")})`);
    return "match";
  };
  const reference = outcome("reference", "the unmarked reference");
  const registered = registration.file.shadows.length > 0;
  const shadows = outcome("shadow", "a shadow model", registered ? "not run" : "none registered");
  const innocents = outcome("innocent", "an innocent model");
  const falseClaim = falseClaimOutcome(trial);
  if (falseClaim === "match") fired.push(`control fired: ${words.falseClaim} ${words.fired}`);
  if (decoys.keys > 0 && !plausible(decoys))
    fired.push(`control fired: ${words.decoys} are not spread as theory says`);
  return {
    outcomes: {
      decoyKeys: decoys.keys,
      decoyMeanT: decoys.mean,
      decoySdT: decoys.deviation,
      decoyMaxT: decoys.largest,
      reference,
      shadows,
      innocents,
      falseClaim,
    },
    fired,
  };
}

function falseClaimOutcome({ observation, look, reachesFalsely }: ControlTrial): ControlOutcome {
  const looked = observation.file.looks[(look ?? 0) - 1];
  if (looked === undefined) return "not run";
  const seed = falseClaimSeed(hexToBytes(observation.seal));
  return reachesFalsely(looked.residuals, seed) ? "match" : "inconclusive";
}

/** T of decoys has mean 0 and variance 1 whatever R is, so sample mean and spread have known errors. */
function plausible({ keys, mean, deviation, largest }: DecoySpread): boolean {
  if (keys < 100 || deviation === 0) return true;
  const meanError = 1 / Math.sqrt(keys);
  const spreadError = 1 / Math.sqrt(2 * keys);
  const unlikely = corrected(lnRademacherTail(largest), [
    { name: "decoys", factor: keys, lnFactor: Math.log(keys) },
  ]);
  return (
    Math.abs(mean) <= DECOY_TOLERANCE * meanError &&
    Math.abs(deviation - 1) <= DECOY_TOLERANCE * spreadError &&
    unlikely > Math.log(1e-6)
  );
}
