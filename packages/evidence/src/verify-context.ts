import { ANCHOR_FILES, registeredRoots, verifiedTimestamps } from "./anchor.js";
import type { VerifiedTimestamp } from "./timestamp-verify.js";
import type { Keystream } from "@indicia/proof/keystream";
import type { z } from "zod";
import { type Bundle, type ReadBundleOptions, readBundle } from "./bundle.js";
import { portableSha256, type Sha256, sha256Hex } from "./canonical.js";
import { readDocument } from "./document.js";
import { readDrawnLogged } from "./drawn-logged.js";
import type { DrawnLogged } from "./logged-schema.js";
import { openPlan, type OpenedPlan } from "./open-plan.js";
import { PLAN_FOLDER } from "./plan.js";
import { altered, type EvidenceErrorCode } from "./error.js";
import { type ConclusionFile, conclusionSchema } from "./conclusion-format.js";
import { type ObservationFile, observationSchema } from "./observation-format.js";
import { type RegistrationFile, registrationSchema } from "./registration-format.js";
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
  observer: "observation/observer.json",
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

/** The documents of a bundle. Each is read when it is first asked for, and once. */
export interface Documents {
  readonly sha256: Sha256;
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
  /** Null where there is none. @throws EvidenceError all of `openPlan` */
  plan(): OpenedPlan | null;
  /** Of the registration, one for each authority that it demands, held against the registered roots. @throws EvidenceError all of `verifiedTimestamps` */
  timestamps(): readonly VerifiedTimestamp[];
}

/** What the steps of a verification share. */
export interface VerifyContext extends Documents {
  readonly options: VerifyOptions;
  /** @throws EvidenceError all of `readBundle` */
  bundle(): Bundle;
  /** @throws EvidenceError TRANSCRIPT_MISSING and all of `readTranscript` */
  transcript(): Transcript;
  /** Null where it does not name its sets. @throws EvidenceError all of `readDrawnLogged` */
  drawnLogged(): DrawnLogged | null;
  /** What the step `disclosure` has proved; null before it has, or without a disclosure. */
  opened: OpenedSubKey | null;
  /** What the step `beacon` has verified; null before it has, or where no beacon is asked for. */
  randomness: Uint8Array | null;
}

/** @param archive the whole file, or what gives it: it is asked once, and what it gave is not kept */
export function createVerifyContext(
  archive: Uint8Array | (() => Uint8Array),
  options: VerifyOptions,
): VerifyContext {
  const sha256 = options.sha256 ?? portableSha256;
  const bundle = once(() => readBundle(typeof archive === "function" ? archive() : archive, options));
  const documents = openDocuments((path) => bundle().files.get(path) ?? null, sha256);
  return {
    ...documents,
    options,
    bundle,
    transcript: once(() => {
      const found = documents.find(PATHS.transcript);
      if (found === null) throw altered("TRANSCRIPT_MISSING", `the bundle has no "${PATHS.transcript}"`);
      return readTranscript(found, { sha256 });
    }),
    drawnLogged: once(() => readDrawnLogged((path) => documents.find(path))),
    opened: null,
    randomness: null,
  };
}

/** The documents among files that are found by their paths in a bundle. */
export function openDocuments(find: Documents["find"], sha256: Sha256): Documents {
  const read = <T>(path: string, schema: z.ZodType<T>, code: EvidenceErrorCode): Hashed<T> => {
    const found = find(path);
    if (found === null) throw altered("BUNDLE_FILE_MISSING", `the bundle has no "${path}"`);
    return { file: readDocument(found, { name: path, schema, code }), sha256: sha256Hex(found, sha256) };
  };
  const registration = once(() => read(PATHS.registration, registrationSchema, "REGISTRATION_MALFORMED"));
  return {
    sha256,
    find,
    registration,
    timestamps: once(() => registeredTimestamps(registration(), (name) => find(REGISTRATION_FOLDER + name))),
    observation: once(() => read(PATHS.observation, observationSchema, "OBSERVATION_MALFORMED")),
    seal: once(() => read(PATHS.seal, sealSchema, "OBSERVATION_SEAL").file),
    conclusion: once(() => read(PATHS.conclusion, conclusionSchema, "CONCLUSION_MALFORMED").file),
    plan: once(() => openPlan((name) => find(PLAN_FOLDER + name), { sha256 })),
  };
}

/**
 * What dates a registration, held against the roots that it registered.
 *
 * @param find a file of the registration's folder by its name
 * @throws EvidenceError all of `verifiedTimestamps`
 */
function registeredTimestamps(
  { file: { anchor: demand }, sha256: commitment }: Hashed<RegistrationFile>,
  find: (name: string) => Uint8Array | null,
): readonly VerifiedTimestamp[] {
  if (demand === undefined) return [];
  return verifiedTimestamps({
    demand,
    commitment,
    find,
    roots: registeredRoots(demand, find(ANCHOR_FILES.roots)),
  });
}

/** A reader that runs once; its result is kept, and so is its failure, but nothing that it read from. */
export function once<T>(read: () => T): () => T {
  let state: { readonly read: () => T } | { readonly value: T } | { readonly error: unknown } = { read };
  return () => {
    if ("read" in state) state = attempt(state.read);
    if ("error" in state) throw state.error;
    return state.value;
  };
}

function attempt<T>(read: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: read() };
  } catch (error) {
    return { error };
  }
}
