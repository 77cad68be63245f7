import { parseCanonical, sha256Hex } from "@indicia/evidence/canonical";
import { type RegistrationFile, registrationSchema } from "@indicia/evidence/registration-format";
import type { Tensor } from "@indicia/onnx/tensor";
import { CoreError } from "./error.js";
import { type Basis, basisBytes, basisFromBytes } from "./marks/readout/basis.js";

/** Decoy keys of every examination. */
export const DECOY_KEYS = 10_000;
/** Registered level of the verdict unless a plan says otherwise. */
export const DEFAULT_LEVEL = 1e-6;

/** Rows of model inputs with the hash by which they are registered. */
export interface InputRows {
  readonly rows: number;
  readonly tensors: Readonly<Record<string, Tensor>>;
  /** SHA-256 over a canonical form of the tensors, hex. */
  readonly sha256: string;
  readonly random: boolean;
}

/** A registration as it is used: the file, its hash, and the frozen basis. */
export interface Registration {
  readonly file: RegistrationFile;
  /** SHA-256 of the canonical registration.json, hex. */
  readonly commitment: string;
  readonly basis: Basis | null;
  /** sketch.bin, or null where there is none or it is not at hand. */
  readonly sketch: Uint8Array | null;
  /** Verified randomness of the round that it asks for, 32 bytes; absent before it is known, and where it asks for none. */
  readonly randomness?: Uint8Array;
}

/**
 * Read a registration back, checking the frozen basis and the sketch against their hashes.
 *
 * @param bytes registration.json
 * @param basis basis.f64, or null where the registration has no read-out
 * @param sketch sketch.bin, or null where it is not at hand; only an examination without the reference needs it
 * @throws CoreError REGISTRATION_INVALID
 */
export function openRegistration(
  bytes: Uint8Array,
  basis: Uint8Array | null,
  sketch: Uint8Array | null,
): Registration {
  const parsed = registrationSchema.safeParse(parseCanonical(bytes));
  if (!parsed.success)
    throw invalid(`registration.json is malformed: ${parsed.error.issues[0]?.message ?? "unknown"}`);
  const file = parsed.data;
  const commitment = sha256Hex(bytes);
  const committed = "refusal" in file.weights ? undefined : file.weights.sketch;
  if (sketch !== null && sha256Hex(sketch) !== committed) throw invalid("sketch.bin was changed");
  if ("refusal" in file.readout) return { file, commitment, basis: null, sketch };
  if (basis === null || sha256Hex(basis) !== file.readout.basis)
    throw invalid("basis.f64 is missing or was changed");
  return {
    file,
    commitment,
    basis: basisFromBytes(basis, file.readout.features, file.readout.dimensions),
    sketch,
  };
}

/** basis.f64 of a registration, or null where it has no read-out. */
export function registeredBasisBytes(registration: Registration): Uint8Array | null {
  return registration.basis === null ? null : basisBytes(registration.basis);
}

function invalid(message: string): CoreError {
  return new CoreError("REGISTRATION_INVALID", message, "Restore the registration folder from a backup.");
}
