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
import { allSums, payloadSums, weightSums } from "./weight-statistic.js";

/** A payload read from a suspect. */
export interface WeightPayload {
  /** The text that was read, or null where its checksum is wrong or, of a committed payload, where it is another. */
  readonly text: string | null;
  /** Message bits in which what was read differs from the text, or without one from the committed payload. */
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
  const read = decodePayload(sums.soft);
  if (committedPayload !== null) {
    const under = payloadSums(sums, encodePayload(committedPayload));
    witnesses.push({ ...witness("committed payload", under), ...compared(read, committedPayload) });
  }
  const decoded = read.text === null ? { dot: 0, squares: 0 } : payloadSums(sums, encodePayload(read.text));
  witnesses.push({
    ...witness("decoded payload", decoded),
    corrections: [decodedPayloadCorrection()],
    // A copy made for somebody else carries another payload than the committed one, and carries it without an error.
    ...compared(read, read.text ?? committedPayload),
  });
  return witnesses;
}

function witness(name: WeightWitness["statistic"], sums: ExactSums): WeightWitness {
  const T = statistic(sums);
  return { statistic: name, T, lnP: lnRademacherTail(T), corrections: [] };
}

/** What was read beside a text; nothing where the checksum is wrong and there is nothing to compare with. */
function compared(
  { text, bytes, codedBitErrors }: ReturnType<typeof decodePayload>,
  held: string | null,
): Pick<WeightWitness, "payload" | "codedBitErrors"> {
  if (held === null) return {};
  const bitErrors = payloadBitErrors(bytes, held);
  return { payload: { text: text === held ? text : null, bitErrors, bits: PAYLOAD_BITS }, codedBitErrors };
}
