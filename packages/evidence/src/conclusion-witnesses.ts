import { toLog10 } from "@indicia/proof/tail";
import { type Weighed, weighLook } from "@indicia/proof/weigh";
import { altered } from "./error.js";
import { int16Values } from "./numbers.js";
import type { Access, ObservedLook, SealedResidual } from "./observation-format.js";
import type { Witness } from "./conclusion-format.js";
import { lookPlace } from "./look-place.js";
import type { ConclusionRequest } from "./draw-conclusion.js";

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
      ...lookPlace(request.observation.file, position),
      probes: look.probes,
      lost: look.lost,
      pricing: request.observation.file.pricing ?? 1,
      classOrder: look.classOrder,
      residuals: look.residuals.map((sealed) => ({
        ...sealed,
        values: residualValues(request.observation.files, sealed),
      })),
    },
    {
      seed: request.seed,
      committedPayload: request.payload?.text ?? null,
      observation: request.position,
      keystream: request.keystream,
    },
  );
  return weighed.flatMap((each) => {
    const sealed = look.residuals.find(({ id }) => id === each.residual);
    return sealed === undefined ? [] : [{ ...each, sealed }];
  });
}

/** Files of an observation, by name. */
export interface ObservedFiles {
  get(name: string): Uint8Array | undefined;
}

/**
 * The stored int16 values of a sealed residual.
 *
 * @throws EvidenceError OBSERVATION_FILE_MISSING
 */
export function residualValues(files: ObservedFiles, { file }: SealedResidual): Int16Array {
  const bytes = files.get(file);
  if (bytes === undefined || bytes.length % 2 !== 0)
    throw altered("OBSERVATION_FILE_MISSING", `"${file}" is missing or cut`);
  return int16Values(bytes);
}

/** A weighed statistic as the conclusion prints it. */
export function witnessLine(access: Access, weighed: WeighedWitness): Witness {
  const { payload } = weighed;
  return {
    ...statisticLine(access, weighed),
    mark: weighed.mark,
    ...(payload === undefined
      ? {}
      : { payload: { text: payload.text, bitErrors: payload.bitErrors, bits: payload.bits } }),
  };
}

/** What every printed statistic says, whichever mark it is of. */
export function statisticLine(
  access: Access,
  {
    statistic,
    T,
    lnIdeal,
    lnP,
    corrections,
    probes,
  }: Omit<Weighed, "mark" | "residual" | "look" | "payload">,
): Omit<Witness, "mark" | "payload"> {
  return {
    access,
    statistic,
    T,
    log10PIdeal: toLog10(lnIdeal),
    corrections: [...corrections],
    log10P: toLog10(lnP),
    probes,
  };
}
