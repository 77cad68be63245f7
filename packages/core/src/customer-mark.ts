import { readoutCarrier } from "@indicia/proof/carrier";
import { CoreError } from "./error.js";
import { nodeKeystream } from "./keystream-node.js";
import { type Basis, coordinates } from "./marks/readout/basis.js";
import { unitTilt } from "./marks/readout/embed.js";
import type { Registration } from "./registration.js";

/** Logits per unit of phi that a gateway adds for a customer, unless told otherwise. */
export const DEFAULT_CUSTOMER_STRENGTH = 0.1;

/** Where a customer's carrier lives: the registered read-out in its frozen coordinates. */
export interface CustomerPlace {
  readonly basis: Basis;
  readonly classes: number;
}

/** @throws CoreError NO_READOUT */
export function customerPlace({ file, basis }: Registration): CustomerPlace {
  const { readout } = file;
  if ("refusal" in readout || basis === null) {
    throw new CoreError(
      "NO_READOUT",
      `answers can carry no customer's mark: ${"refusal" in readout ? readout.refusal : "no basis"}`,
      "Give each customer a copy with a payload of its own (mark --payload).",
    );
  }
  return { basis, classes: readout.classes };
}

/** V_c: +1/-1, row-major [k, m], the read-out carrier of the customer's own seed. */
export function customerCarrier(seed: Uint8Array, { basis, classes }: CustomerPlace): Int8Array {
  return readoutCarrier(seed, basis.dimensions, classes, nodeKeystream);
}

/**
 * A customer's mark as a gateway adds it to answers: z + (eps / sqrt(k)) V_c^T phi(x).
 *
 * @param answers.features penultimate features h, row-major [n, d]
 * @param answers.logits z, row-major [n, m]
 * @param mark.carrier from `customerCarrier`
 * @returns row-major [n, m]
 */
export function customerLogits(
  answers: { readonly rows: number; readonly features: Float64Array; readonly logits: Float64Array },
  mark: { readonly carrier: Int8Array; readonly place: CustomerPlace; readonly strength: number },
): Float64Array {
  const { basis, classes } = mark.place;
  const shape = { n: answers.rows, k: basis.dimensions, m: classes };
  const tilt = unitTilt(coordinates(basis, answers.features, answers.rows), mark.carrier, shape);
  return answers.logits.map((z, i) => z + mark.strength * (tilt[i] ?? 0));
}
