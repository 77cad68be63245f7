import type { Keystream } from "@indicia/proof/keystream";
import { lnRademacherTail } from "@indicia/proof/tail";
import { z } from "zod";
import { correctionReason } from "./correction-reasons.js";
import { DECOY_BINS, decoyCounts } from "./decoy-counts.js";
import type { DossierParts } from "./dossier-parts.js";
import type { ConclusionFile, Witness } from "./conclusion-format.js";
import type { ObservationFile } from "./observation-format.js";
import { witnessResidual } from "./witness-residual.js";

/** The hypothesis that is tested, in words and in symbols. */
export const NULL_HYPOTHESIS: StatisticsFile["nullHypothesis"] = {
  words:
    "The suspect was made without knowledge of anything marked under this key. Then whatever it answers, or holds, is " +
    "independent of the key's pattern of signs.",
  symbols: "H0: R is independent of V, and the V_i are independent with P(V_i = +1) = P(V_i = -1) = 1/2",
};

/** Why a large statistic is rare under the hypothesis, whatever the suspect is. */
export const BOUND: StatisticsFile["bound"] = {
  words:
    "Under the hypothesis the statistic exceeds t with a probability of at most exp(-t^2 / 2), for every suspect, every " +
    "sample size and every t >= 0. No population of other models is assumed, and no threshold is fitted.",
  symbols:
    "T = <V, R> / ||R||;  P(T >= t | H0) <= exp(-t^2 / 2);  ln p = min(0, -max(T, 0)^2 / 2 + corrections)",
  source:
    "W. Hoeffding, Probability inequalities for sums of bounded random variables, JASA 58 (1963), Theorem 2",
};

/** One statistic with everything it pays for. */
export interface StatedStatistic {
  readonly mark: Witness["mark"];
  readonly statistic: string;
  /** Sealed residual that it stands on: its id and its file in the folder of the observation. */
  readonly residual: string | null;
  readonly file: string | null;
  readonly probes: number;
  readonly T: number;
  /** ln p before any correction. */
  readonly lnIdeal: number;
  readonly corrections: {
    readonly name: string;
    readonly factor: number | null;
    readonly lnFactor: number;
    readonly reason: string;
  }[];
  /** ln p after all of them. */
  readonly lnP: number;
}

/** statistics.json: what was tested and how every figure comes about, for readers and for other programs. */
export interface StatisticsFile {
  readonly version: 1;
  readonly kind: "indicia statistics";
  readonly registration: string;
  readonly observation: string;
  readonly nullHypothesis: { readonly words: string; readonly symbols: string };
  readonly bound: { readonly words: string; readonly symbols: string; readonly source: string };
  readonly verdict: ConclusionFile["verdict"];
  readonly standing: ConclusionFile["standing"];
  readonly standingReasons: string[];
  readonly level: number;
  readonly lnLevel: number;
  /** ln p of an ideal carrier after all corrections, and what a key of 256 bits certifies of it. */
  readonly lnPIdeal: number;
  readonly lnP: number;
  /** Strongest first; the verdict rests on the first. */
  readonly statistics: StatedStatistic[];
  readonly looks: { readonly probes: number; readonly T: number; readonly lnP: number }[];
  readonly controls: ConclusionFile["controls"];
  /** Decoy keys on the first statistic's residual; null where there are none. */
  readonly decoys: DecoyHistogram | null;
}

export interface DecoyHistogram {
  readonly residual: string;
  readonly from: number;
  readonly width: number;
  /** The first and the last take in what lies beyond. */
  readonly counts: number[];
}

/** Only the counts are read from outside; all else of the file is derived and compared. */
export const statedDecoysSchema: z.ZodType<{ decoys: { counts: number[] } | null }> = z.looseObject({
  decoys: z.looseObject({ counts: z.array(z.int().min(0)).length(DECOY_BINS.bins) }).nullable(),
});

/** The statistics of a conclusion with the decoys counted, which takes as long as the conclusion's own decoys did. */
export function statisticsOf(parts: DossierParts, keystream: Keystream): StatisticsFile {
  const { seal, files } = parts.observation;
  const { decoyKeys } = parts.conclusion.file.controls;
  const residual = firstResidual(parts);
  const counts =
    residual === null || decoyKeys === 0 ? [] : decoyCounts({ residual, files, seal, decoyKeys, keystream });
  return statisticsWith(parts, counts);
}

/** The same with counts that somebody states. */
export function statisticsWith(
  { registration, observation, conclusion: { file: conclusion } }: DossierParts,
  counts: readonly number[],
): StatisticsFile {
  const { file } = observation;
  const [best] = conclusion.witnesses;
  const residual = best === undefined ? null : witnessResidual(file, best);
  return {
    version: 1,
    kind: "indicia statistics",
    registration: registration.commitment,
    observation: observation.seal,
    nullHypothesis: { ...NULL_HYPOTHESIS },
    bound: { ...BOUND },
    verdict: conclusion.verdict,
    standing: conclusion.standing,
    standingReasons: [...conclusion.standingReasons],
    level: conclusion.level,
    lnLevel: Math.log(conclusion.level),
    lnPIdeal: conclusion.log10PIdeal * Math.LN10,
    lnP: conclusion.log10P * Math.LN10,
    statistics: conclusion.witnesses.map((witness) => stated(file, witness)),
    looks: conclusion.looks.map(({ probes, T, log10PIdeal }) => ({
      probes,
      T,
      lnP: log10PIdeal * Math.LN10,
    })),
    controls: { ...conclusion.controls },
    decoys:
      residual === null || counts.length === 0
        ? null
        : { residual: residual.id, from: DECOY_BINS.from, width: DECOY_BINS.width, counts: [...counts] },
  };
}

function firstResidual({ observation, conclusion }: DossierParts): ReturnType<typeof witnessResidual> {
  const [best] = conclusion.file.witnesses;
  return best === undefined ? null : witnessResidual(observation.file, best);
}

function stated(observation: ObservationFile, witness: Witness): StatedStatistic {
  const { mark, statistic, probes, T, corrections, log10P } = witness;
  const residual = witnessResidual(observation, witness);
  return {
    mark,
    statistic,
    residual: residual?.id ?? null,
    file: residual?.file ?? null,
    probes,
    T,
    lnIdeal: lnRademacherTail(T),
    corrections: corrections.map((each) => ({ ...each, reason: correctionReason(each.name) })),
    lnP: log10P * Math.LN10,
  };
}
