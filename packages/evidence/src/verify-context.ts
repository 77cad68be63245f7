import type { Keystream } from "@indicia/proof/keystream";
import { type Bundle, type ReadBundleOptions, readBundle } from "./bundle.js";
import { portableSha256, type Sha256, sha256Hex } from "./canonical.js";
import { readDocument } from "./document.js";
import { altered, type EvidenceErrorCode } from "./error.js";
import {
  type ConclusionFile,
  conclusionSchema,
  type ObservationFile,
  observationSchema,
  type RegistrationFile,
  registrationSchema,
} from "./formats.js";
import { type SealFile, sealSchema } from "./seal.js";
import { readTranscript, type Transcript } from "./transcript.js";
import type { ReadCertificate } from "./x509-certificate.js";

/** Where everything lies in a bundle. */
export const PATHS = {
  registration: "registration/registration.json",
  registrationChain: "registration/chain.jsonl",
  marks: "registration/marks.jsonl",
  basis: "registration/basis.f64",
  sketch: "registration/sketch.bin",
  beacon: "registration/beacon.json",
  observation: "observation/observation.json",
  seal: "observation/seal.json",
  transcript: "observation/transcript.jsonl",
  conclusion: "conclusion.json",
} as const;

/** Folder of the registration, and of what anchors it. */
export const REGISTRATION_FOLDER = "registration/";

/** Folder of the observation, whose files observation.json names without it. */
export const OBSERVATION_FOLDER = "observation/";

export interface VerifyOptions extends ReadBundleOptions {
  /** A decrypted disclosure, as `makeDisclosure` makes it. */
  readonly disclosure?: Uint8Array;
  /** Roots to hold timestamps against, beside those that were registered. */
  readonly timestampRoots?: readonly ReadCertificate[];
  /** A faster keystream that gives the same bytes as the portable one. */
  readonly keystream?: Keystream;
}

/** A document of the bundle with the hash of its bytes, hex. */
export interface Hashed<T> {
  readonly file: T;
  readonly sha256: string;
}

/** Sub-key that a disclosure proved to be committed to. */
export interface OpenedSubKey {
  readonly index: number;
  readonly subKey: Uint8Array;
}

/** What the steps of a verification share. Everything is read when it is first asked for, and once. */
export interface VerifyContext {
  readonly options: VerifyOptions;
  readonly sha256: Sha256;
  /** @throws EvidenceError all of `readBundle` */
  bundle(): Bundle;
  /** A file of the bundle, or null where it has none of that path. */
  find(path: string): Uint8Array | null;
  /** Its `sha256` is the commitment. @throws EvidenceError BUNDLE_FILE_MISSING, REGISTRATION_MALFORMED */
  registration(): Hashed<RegistrationFile>;
  /** Its `sha256` is the seal. @throws EvidenceError BUNDLE_FILE_MISSING, OBSERVATION_MALFORMED */
  observation(): Hashed<ObservationFile>;
  /** @throws EvidenceError BUNDLE_FILE_MISSING, OBSERVATION_SEAL */
  seal(): SealFile;
  /** @throws EvidenceError BUNDLE_FILE_MISSING, CONCLUSION_MALFORMED */
  conclusion(): ConclusionFile;
  /** @throws EvidenceError TRANSCRIPT_MISSING and all of `readTranscript` */
  transcript(): Transcript;
  /** What the step `disclosure` has proved; null before it has, or without a disclosure. */
  opened: OpenedSubKey | null;
  /** What the step `beacon` has verified; null before it has, or where no beacon is asked for. */
  randomness: Uint8Array | null;
}

export function createVerifyContext(bytes: Uint8Array, options: VerifyOptions): VerifyContext {
  const sha256 = options.sha256 ?? portableSha256;
  const bundle = once(() => readBundle(bytes, options));
  const find = (path: string): Uint8Array | null => bundle().files.get(path) ?? null;
  const get = (path: string, code: EvidenceErrorCode = "BUNDLE_FILE_MISSING"): Uint8Array => {
    const found = find(path);
    if (found === null) throw altered(code, `the bundle has no "${path}"`);
    return found;
  };
  return {
    options,
    sha256,
    bundle,
    find,
    registration: once(() => {
      const found = get(PATHS.registration);
      const form = {
        name: PATHS.registration,
        schema: registrationSchema,
        code: "REGISTRATION_MALFORMED",
      } as const;
      return { file: readDocument(found, form), sha256: sha256Hex(found, sha256) };
    }),
    observation: once(() => {
      const found = get(PATHS.observation);
      const form = {
        name: PATHS.observation,
        schema: observationSchema,
        code: "OBSERVATION_MALFORMED",
      } as const;
      return { file: readDocument(found, form), sha256: sha256Hex(found, sha256) };
    }),
    seal: once(() =>
      readDocument(get(PATHS.seal), { name: PATHS.seal, schema: sealSchema, code: "OBSERVATION_SEAL" }),
    ),
    conclusion: once(() => {
      const form = {
        name: PATHS.conclusion,
        schema: conclusionSchema,
        code: "CONCLUSION_MALFORMED",
      } as const;
      return readDocument(get(PATHS.conclusion), form);
    }),
    transcript: once(() => readTranscript(get(PATHS.transcript, "TRANSCRIPT_MISSING"), { sha256 })),
    opened: null,
    randomness: null,
  };
}

/** A reader that runs once; its result is kept, and so is its failure. */
function once<T>(read: () => T): () => T {
  let kept: { readonly value: T } | { readonly error: unknown } | null = null;
  return () => {
    kept ??= attempt(read);
    if ("error" in kept) throw kept.error;
    return kept.value;
  };
}

function attempt<T>(read: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: read() };
  } catch (error) {
    return { error };
  }
}
