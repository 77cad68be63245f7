import type { ObservedLook, SealedResidual, Witness } from "@indicia/evidence/formats";
import { type Correction, corrected, correction, lostProbes, sequential } from "@indicia/proof/correction";
import { readoutEvaluator } from "@indicia/proof/evaluate";
import { lnRademacherTail, toLog10 } from "@indicia/proof/tail";
import { type ConclusionRequest, residualValues } from "./conclude.js";
import { nodeKeystream } from "./keystream-node.js";
import { detectWeights } from "./marks/weights/detect.js";

/** A witness with the unrounded ln p that its line is printed from. */
export interface WeighedWitness {
  readonly witness: Witness;
  /** ln p of an ideal carrier after every correction. */
  readonly lnP: number;
  /** Position of the look, from 1. */
  readonly look: number;
  readonly residual: SealedResidual;
}

/** A statistic before corrections. */
interface Tried {
  readonly residual: SealedResidual;
  readonly mark: Witness["mark"];
  readonly statistic: string;
  readonly T: number;
  readonly own: readonly Correction[];
  readonly payload?: Witness["payload"];
}

/** Everything that the key says at one look; the number of things tried is paid by each of them. */
export function lookWitnesses(request: ConclusionRequest, look: ObservedLook, position: number): WeighedWitness[] {
  const tried = [...readoutStatistics(request, look), ...weightStatistics(request, look)];
  const shared: Correction[] = [
    correction("statistics tried", Math.max(1, tried.length)),
    sequential("look", position),
    sequential("observations under this registration", request.position),
  ];
  if (look.lost > 0) shared.push(lostProbes(look.probes, look.lost));
  const { file } = request.observation;
  return tried.map(({ residual, mark, statistic, T, own, payload }) => {
    const ideal = lnRademacherTail(T);
    const corrections = [...shared, ...own];
    const lnP = corrected(ideal, corrections);
    const witness: Witness = {
      mark,
      access: file.access,
      statistic,
      T,
      log10PIdeal: toLog10(ideal),
      corrections,
      log10P: toLog10(lnP),
      probes: look.probes,
      ...(payload === undefined ? {} : { payload }),
    };
    return { witness, lnP, look: position, residual };
  });
}

function readoutStatistics(request: ConclusionRequest, look: ObservedLook): Tried[] {
  return look.residuals.flatMap((residual) => {
    if (residual.carrier.scheme !== "readout/1") return [];
    const values = residualValues(request.observation, residual);
    const [T = 0] = readoutEvaluator(residual.carrier, [values], nodeKeystream)(request.seed);
    const statistic = residual.formed === null ? "read-out weights" : `${residual.formed.residual}, ${residual.formed.shaping}`;
    return [{ residual, mark: "readout" as const, statistic, T, own: [] }];
  });
}

function weightStatistics(request: ConclusionRequest, look: ObservedLook): Tried[] {
  return look.residuals.flatMap((residual) => {
    if (residual.carrier.scheme !== "weights/1") return [];
    const detected = detectWeights({
      seed: request.seed,
      segments: residual.carrier.segments,
      residual: residualValues(request.observation, residual),
      committedPayload: request.payload,
      keystream: nodeKeystream,
    });
    return detected.map(({ statistic, T, corrections, payload }) => ({
      residual,
      mark: "weights" as const,
      statistic: residual.id.includes("blind") ? `${statistic}, blind` : statistic,
      T,
      own: corrections,
      ...(payload === undefined ? {} : { payload }),
    }));
  });
}
