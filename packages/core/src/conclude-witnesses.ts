import type { ObservedLook, SealedResidual, Witness } from "@indicia/evidence/formats";
import { toLog10 } from "@indicia/proof/tail";
import { type Weighed, weighLook } from "@indicia/proof/weigh";
import { type ConclusionRequest, residualValues } from "./conclude.js";
import { nodeKeystream } from "./keystream-node.js";

/** A statistic with the sealed residual that it stands on. */
export interface WeighedWitness extends Weighed {
  readonly sealed: SealedResidual;
}

/** Everything that the key says at one look of an observation. */
export function lookWitnesses(
  request: ConclusionRequest,
  look: ObservedLook,
  position: number,
): WeighedWitness[] {
  const weighed = weighLook(
    {
      position,
      probes: look.probes,
      lost: look.lost,
      residuals: look.residuals.map((sealed) => ({
        ...sealed,
        values: residualValues(request.observation, sealed),
      })),
    },
    {
      seed: request.seed,
      committedPayload: request.payload?.text ?? null,
      observation: request.position,
      keystream: nodeKeystream,
    },
  );
  return weighed.flatMap((each) => {
    const sealed = look.residuals.find(({ id }) => id === each.residual);
    return sealed === undefined ? [] : [{ ...each, sealed }];
  });
}

/** A weighed statistic as the conclusion prints it. */
export function witnessLine(request: ConclusionRequest, weighed: WeighedWitness): Witness {
  const { mark, statistic, T, lnIdeal, lnP, corrections, probes, payload } = weighed;
  return {
    mark,
    access: request.observation.file.access,
    statistic,
    T,
    log10PIdeal: toLog10(lnIdeal),
    corrections: [...corrections],
    log10P: toLog10(lnP),
    probes,
    ...(payload === undefined
      ? {}
      : { payload: { text: payload.text, bitErrors: payload.bitErrors, bits: payload.bits } }),
  };
}
