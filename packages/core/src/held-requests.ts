import type { Tensor } from "@indicia/onnx/tensor";
import type { Askable } from "./probes/pool.js";
import { sha256Hex } from "@indicia/evidence/canonical";
import { REPEATED_PROBE } from "./observe-learning.js";
import type { LearningSet } from "./probes/choose.js";

/** The requests of a transcript, and how they came to be. */
export interface RecordedRequests {
  readonly exchanges: readonly {
    readonly request: { readonly probes: readonly number[]; readonly sha256: string };
  }[];
  /** Body of a request for some rows. @throws where these rows were never to be asked */
  readonly encode: (inputs: Readonly<Record<string, Tensor>>) => Uint8Array;
}

/**
 * Hold every request of a transcript against the probes that it names: an answer to other inputs says nothing of them.
 *
 * @returns how many hold them to the byte, or what the first one that does not does instead
 */
export function heldRequests(
  { exchanges, encode }: RecordedRequests,
  learning: LearningSet,
  probes: Askable,
): { readonly held: number } | { readonly differs: string } {
  let held = 0;
  // The last learning probe is repeated before anything else is asked.
  let last = 0;
  const reach = learning.firstNumber === probes.firstNumber ? probes.count : learning.count;
  for (const { request } of exchanges) {
    if (request.probes.length === 0) continue;
    const repeated = request.probes.length === 1 && request.probes[0] === REPEATED_PROBE;
    const inputs = repeated ? learning.inputs([last]) : inputsOf(request.probes, learning, probes);
    const named = `the request for probe ${request.probes[0]}`;
    if (inputs === null) return { differs: `${named} names probes that do not follow from the registration` };
    if (bodyHash(encode, inputs) !== request.sha256)
      return { differs: `${named} holds other inputs than the probes that it names` };
    held++;
    for (const number of repeated ? [] : request.probes) {
      const index = number - learning.firstNumber;
      if (index < reach) last = Math.max(last, index);
    }
  }
  return { held };
}

/** Rows by their numbers, all of one set; null where there are none such. */
function inputsOf(
  numbers: readonly number[],
  learning: LearningSet,
  probes: Askable,
): Record<string, Tensor> | null {
  const set = [probes, learning].find(({ firstNumber, count }) =>
    numbers.every((number) => number >= firstNumber && number < firstNumber + count),
  );
  return set?.inputs(numbers.map((number) => number - set.firstNumber)) ?? null;
}

function bodyHash(
  encode: RecordedRequests["encode"],
  inputs: Readonly<Record<string, Tensor>>,
): string | null {
  try {
    return sha256Hex(encode(inputs));
  } catch {
    return null;
  }
}
