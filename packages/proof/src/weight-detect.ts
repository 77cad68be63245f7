import type { Correction } from "./correction.js";
import type { Keystream } from "./keystream.js";
import {
  decodedPayloadCorrection,
  decodePayload,
  encodePayload,
  PAYLOAD_BITS,
  payloadBitErrors,
} from "./payload.js";
import { type ExactSums, statistic } from "./statistic.js";
import { lnRademacherTail } from "./tail.js";
import type { WeightSegment } from "./weight-segments.js";
import { allSums, payloadSums, type WeightSums, weightSums } from "./weight-statistic.js";

/** A payload read from a suspect. */
export interface WeightPayload {
  /** The text, or null where its checksum is wrong. */
  readonly text: string | null;
  /** Message bits that differ from the committed payload, or 0 where none is committed and the checksum holds. */
  readonly bitErrors: number;
  readonly bits: number;
}

/** One way to hold the carrier against sealed weights. */
export interface WeightWitness {
  readonly statistic: "pilot" | "all weights" | "committed payload" | "decoded payload";
  readonly T: number;
  /** ln p of an ideal carrier before any correction. */
  readonly lnP: number;
  /** Corrections of this statistic alone; whoever takes the best of several pays for their number as well. */
  readonly corrections: Correction[];
  readonly payload?: WeightPayload;
  /** Coded bits of the payload that point the wrong way, of 1184: how much of the code's strength was used up. */
  readonly codedBitErrors?: number;
}

export interface DetectRequest {
  readonly seed: Uint8Array;
  /** Of a sealed measurement. */
  readonly segments: readonly WeightSegment[];
  readonly residual: Int16Array;
  /** Text that was committed to before the mark was placed, or null. */
  readonly committedPayload: string | null;
  readonly keystream: Keystream;
}

/**
 * Hold a carrier against a sealed measurement of weights.
 *
 * @returns pilot, all weights with every bit +1, all weights under the committed payload (where there is one), and
 *   all weights under the payload that the suspect itself shows (T = 0 where it shows none): their number never
 *   depends on the outcome
 * @throws RangeError where segments overlap or do not fit the residual
 */
export function detectWeights(request: DetectRequest): WeightWitness[] {
  const { seed, segments, residual, committedPayload, keystream } = request;
  const sums = weightSums(seed, segments, residual, keystream);
  const witnesses = [witness("pilot", sums.pilot), witness("all weights", allSums(sums))];
  const read = readPayload(sums, committedPayload);
  if (committedPayload !== null) {
    const under = payloadSums(sums, encodePayload(committedPayload));
    witnesses.push({ ...witness("committed payload", under), ...read });
  }
  const text = read.payload?.text ?? null;
  const decoded = text === null ? { dot: 0, squares: 0 } : payloadSums(sums, encodePayload(text));
  witnesses.push({
    ...witness("decoded payload", decoded),
    corrections: [decodedPayloadCorrection()],
    ...read,
  });
  return witnesses;
}

function witness(name: WeightWitness["statistic"], sums: ExactSums): WeightWitness {
  const T = statistic(sums);
  return { statistic: name, T, lnP: lnRademacherTail(T), corrections: [] };
}

/** What the suspect's payload reads; nothing where the checksum is wrong and there is nothing to compare with. */
function readPayload(
  sums: WeightSums,
  committed: string | null,
): Pick<WeightWitness, "payload" | "codedBitErrors"> {
  const { text, bytes, codedBitErrors } = decodePayload(sums.soft);
  if (committed === null && text === null) return {};
  const bitErrors = committed === null ? 0 : payloadBitErrors(bytes, committed);
  return { payload: { text, bitErrors, bits: PAYLOAD_BITS }, codedBitErrors };
}
