import type { CarrierOf } from "./carrier-of.js";
import { type Correction, corrected, correction, sequential } from "./correction.js";
import { readoutEvaluator } from "./evaluate.js";
import type { Keystream } from "./keystream.js";
import { type LookPlace, lookPrice } from "./looks.js";
import { type OpenChoices, openChoices } from "./open-choices.js";
import { lnRademacherTail } from "./tail.js";
import { detectWeights, type WeightPayload } from "./weight-detect.js";

/** A sealed residual with its values. */
export interface HeldResidual {
  readonly id: string;
  readonly carrier: CarrierOf;
  readonly formed: { readonly residual: string; readonly shaping: string } | null;
  readonly values: Int16Array;
}

/** One look at an observation. */
export interface HeldLook extends LookPlace, OpenChoices {
  readonly residuals: readonly HeldResidual[];
}

/** The key, and what it is entitled to. */
export interface OpenedKey {
  readonly seed: Uint8Array;
  /** Payload text that was committed to at registration, or null. */
  readonly committedPayload: string | null;
  /** Position of the observation among those counted under the registration, from 1. */
  readonly observation: number;
  readonly keystream: Keystream;
}

/** What one statistic says, with everything it pays for. */
export interface Weighed {
  readonly residual: string;
  readonly mark: "weights" | "readout";
  readonly statistic: string;
  readonly T: number;
  /** ln p of an ideal carrier, before and after corrections. */
  readonly lnIdeal: number;
  readonly lnP: number;
  readonly corrections: readonly Correction[];
  readonly look: number;
  readonly probes: number;
  readonly payload?: WeightPayload;
}

/**
 * Everything that a key says at one look. Each statistic pays for the number of statistics tried beside it, for the
 * look, for the observation's place under the registration, and for what the look leaves open.
 */
export function weighLook(look: HeldLook, key: OpenedKey): Weighed[] {
  const tried = look.residuals.flatMap((residual) => statisticsOf(residual, key));
  const shared: Correction[] = [
    correction("statistics tried", Math.max(1, tried.length)),
    lookPrice(look),
    sequential("observations under this registration", key.observation),
    ...openChoices(look),
  ];
  return tried.map(({ own, ...each }) => {
    const lnIdeal = lnRademacherTail(each.T);
    const corrections = [...shared, ...own];
    return {
      ...each,
      lnIdeal,
      lnP: corrected(lnIdeal, corrections),
      corrections,
      look: look.position,
      probes: look.probes,
    };
  });
}

type Tried = Pick<Weighed, "residual" | "mark" | "statistic" | "T" | "payload"> & {
  readonly own: readonly Correction[];
};

function statisticsOf({ id, carrier, formed, values }: HeldResidual, key: OpenedKey): Tried[] {
  if (carrier.scheme === "readout/1") {
    const [T = 0] = readoutEvaluator(carrier, [values], key.keystream)(key.seed);
    const statistic = formed === null ? "read-out weights" : `${formed.residual}, ${formed.shaping}`;
    return [{ residual: id, mark: "readout", statistic, T, own: [] }];
  }
  const detected = detectWeights({
    seed: key.seed,
    segments: carrier.segments,
    residual: values,
    committedPayload: key.committedPayload,
    keystream: key.keystream,
  });
  const blind = id.includes("blind") ? ", blind" : "";
  return detected.map(({ statistic, T, corrections, payload }) => ({
    residual: id,
    mark: "weights",
    statistic: `${statistic}${blind}`,
    T,
    own: corrections,
    ...(payload === undefined ? {} : { payload }),
  }));
}
