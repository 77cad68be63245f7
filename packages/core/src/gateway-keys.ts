import { checkDisclosure, makeDisclosure } from "@indicia/evidence/disclosure";
import { EvidenceError } from "@indicia/evidence/error";
import { customerCommitment, customerKey, GATEWAY_SUB_KEY } from "@indicia/proof/customer-keys";
import { carrierSeed } from "@indicia/proof/keys";
import { CoreError } from "./error.js";
import type { Registration } from "./registration.js";
import { requireOwnerKey, saltOf, seedOf, subKeys } from "./registration-keys.js";

/** What a gateway may know: its own sub-key, and what follows from it under one registration. */
export interface GatewayKeys {
  /** Seed of what is added without regard to customers. */
  readonly seed: Uint8Array;
  /** Seed of all carriers of a customer. */
  readonly customer: (id: string) => Uint8Array;
  /** Commitment to a customer's sub-key, as the register has it, hex. */
  readonly commitment: (id: string) => string;
}

/**
 * The gateway's keys from the owner key.
 *
 * @throws CoreError WRONG_KEY
 */
export function gatewayKeys(registration: Registration, ownerKey: Uint8Array): GatewayKeys {
  requireOwnerKey(registration, ownerKey);
  const subKey = subKeys(ownerKey)[GATEWAY_SUB_KEY];
  if (subKey === undefined) throw new RangeError("an owner key has a gateway sub-key");
  return keysOf(registration, subKey);
}

/**
 * The gateway's sub-key by itself, with the proof that the registration commits to it: what a gateway is given.
 *
 * @throws CoreError WRONG_KEY
 */
export function exportGatewayKey(registration: Registration, ownerKey: Uint8Array): Uint8Array {
  requireOwnerKey(registration, ownerKey);
  return makeDisclosure(registration.commitment, subKeys(ownerKey), GATEWAY_SUB_KEY);
}

/**
 * The gateway's keys from what was exported.
 *
 * @throws CoreError WRONG_KEY where it is no gateway sub-key of this registration
 */
export function importGatewayKey(registration: Registration, exported: Uint8Array): GatewayKeys {
  const { count, root } = registration.file.subKeys;
  try {
    const { index, subKey } = checkDisclosure(exported, { commitment: registration.commitment, count, root });
    if (index === GATEWAY_SUB_KEY) return keysOf(registration, subKey);
  } catch (cause) {
    if (!(cause instanceof EvidenceError)) throw cause;
    throw wrongKey(cause.message, cause);
  }
  throw wrongKey("it is another sub-key", null);
}

function keysOf(registration: Registration, subKey: Uint8Array): GatewayKeys {
  const salt = saltOf(registration);
  return {
    seed: seedOf(registration, subKey),
    customer: (id) => carrierSeed(customerKey(subKey, id), salt),
    commitment: (id) => customerCommitment(customerKey(subKey, id)),
  };
}

function wrongKey(reason: string, cause: Error | null): CoreError {
  return new CoreError(
    "WRONG_KEY",
    `this is no gateway key of the registration: ${reason}`,
    "Make one with `indicia key gateway`.",
    cause === null ? {} : { cause },
  );
}
