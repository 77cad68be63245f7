import type { AnchorDemand } from "@indicia/evidence/anchor";
import { canonicalBytes, sha256Hex } from "@indicia/evidence/canonical";
import type { RegistrationFile } from "@indicia/evidence/registration-format";
import { publicKey } from "@indicia/evidence/sign";
import { subKeysRoot } from "@indicia/evidence/sub-keys";
import type { OnnxModel } from "@indicia/onnx/open";
import { carrierSalt, carrierSeed, derivePurpose, deriveSubKey, SUB_KEYS } from "@indicia/proof/keys";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { CoreError } from "./error.js";
import { planReadout } from "./marks/readout/plan.js";
import { makeSketch } from "./marks/weights/align/sketch.js";
import { planLargeWeights } from "./marks/weights/tensor-passes.js";
import { commitPayload } from "./payload-commitment.js";
import { beaconPending } from "./registration-anchor.js";
import { DECOY_KEYS, DEFAULT_LEVEL, type InputRows, type Registration } from "./registration.js";
import { signalOption } from "./signal-option.js";

export interface RegistrationRequest {
  readonly model: OnnxModel;
  readonly modelPath: string;
  readonly reference: RegistrationFile["reference"];
  readonly ownerKey: Uint8Array;
  readonly owner: string | null;
  readonly payload: string | null;
  readonly calibration: InputRows;
  readonly pool: InputRows;
  /** SHA-256 of each shadow model, hex; none where absent. */
  readonly shadows?: readonly string[];
  readonly created: Date;
  /** What is to tie it to outside clocks and chance, asked once all else is done; nothing where absent. */
  readonly anchor?: () => AnchorDemand;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Fix everything that must stand before a carrier exists: which tensors may be marked, the read-out and its frozen
 * coordinates, the commitment to all sub-keys, the reference's hash, the data, the parameters.
 *
 * @throws CoreError NOTHING_TO_MARK where neither mark has a place in the model
 */
export async function createRegistration(request: RegistrationRequest): Promise<Registration> {
  const { model, ownerKey } = request;
  const planned = await planReadout(request);
  const exclude = "readout" in planned ? [planned.readout.weight] : [];
  const weights = await planLargeWeights(model, {
    exclude,
    ...signalOption(request.signal),
  });
  if ("refusal" in weights && "refusal" in planned) {
    throw new CoreError(
      "NOTHING_TO_MARK",
      `the model can carry no mark: ${weights.refusal}; ${planned.refusal}`,
      "Register the float model, before quantisation, with its weights stored in the file.",
    );
  }
  const sketch = "refusal" in weights ? null : await makeSketch(model, weights.tensors);
  const shadows = [...(request.shadows ?? [])];
  const rules = shadows.length === 0 ? 1 : 2;
  const file: RegistrationFile = {
    version: 1,
    kind: "indicia registration",
    created: request.created.toISOString(),
    owner: request.owner,
    signer: bytesToHex(publicKey(derivePurpose(ownerKey, "signing"))),
    reference: request.reference,
    subKeys: { count: SUB_KEYS, root: bytesToHex(subKeysRoot(subKeys(ownerKey))) },
    weights:
      "refusal" in weights
        ? weights
        : {
            scheme: "weights/1",
            tensors: weights.tensors,
            ...(sketch === null ? {} : { sketch: sha256Hex(sketch) }),
          },
    readout: "refusal" in planned ? planned : planned.readout,
    calibration: described(request.calibration),
    pool: described(request.pool),
    shadows,
    payload: request.payload === null ? null : commitPayload(ownerKey, request.payload),
    parameters: {
      shaping: `shaping/${rules}`,
      probes: `probes/${rules}`,
      decoyKeys: DECOY_KEYS,
      level: DEFAULT_LEVEL,
    },
    ...(request.anchor === undefined ? {} : { anchor: request.anchor() }),
  };
  const basis = "refusal" in planned ? null : planned.basis;
  return { file, commitment: sha256Hex(canonicalBytes(file)), basis, sketch };
}

/**
 * The seed of all carriers of one sub-key under this registration.
 *
 * @throws CoreError WRONG_KEY where the owner key is not the one whose sub-keys were committed to, BEACON_PENDING
 */
export function registeredSeed(
  registration: Registration,
  ownerKey: Uint8Array,
  subKeyIndex: number,
): Uint8Array {
  requireOwnerKey(registration, ownerKey);
  return seedOf(registration, deriveSubKey(ownerKey, subKeyIndex));
}

/** @throws CoreError WRONG_KEY where the owner key is not the one whose sub-keys were committed to */
export function requireOwnerKey(registration: Registration, ownerKey: Uint8Array): void {
  const root = bytesToHex(subKeysRoot(subKeys(ownerKey)));
  if (root !== registration.file.subKeys.root) {
    throw new CoreError(
      "WRONG_KEY",
      "this owner key is not the one that the registration commits to",
      "Give the key that was used with `indicia register`.",
    );
  }
}

/**
 * The seed of a sub-key that is known to be among the committed ones.
 *
 * @throws CoreError BEACON_PENDING
 */
export function seedOf(registration: Registration, subKey: Uint8Array): Uint8Array {
  return carrierSeed(subKey, saltOf(registration));
}

/**
 * The salt of every carrier under a registration.
 *
 * @throws CoreError BEACON_PENDING where it asks for a beacon that is not known yet: there is no carrier before it
 */
export function saltOf({ file, commitment, randomness }: Registration): Uint8Array {
  const demand = file.anchor?.beacon ?? null;
  if (demand === null) return carrierSalt(hexToBytes(commitment), null);
  if (randomness === undefined) throw beaconPending(demand, "the carrier");
  return carrierSalt(hexToBytes(commitment), randomness);
}

/** All committed sub-keys of an owner key, in order. */
export function subKeys(ownerKey: Uint8Array): Uint8Array[] {
  return Array.from({ length: SUB_KEYS }, (_, index) => deriveSubKey(ownerKey, index));
}

function described({ rows, sha256, random }: InputRows): RegistrationFile["calibration"] {
  return { rows, sha256, random };
}
