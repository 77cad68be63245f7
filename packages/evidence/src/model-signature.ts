import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { canonicalBytes, parseCanonical } from "./canonical.js";
import { openStatement, signStatement } from "./envelope.js";
import { altered } from "./error.js";
import { equalBytes } from "./bytes.js";

/** What OpenSSF model signing, version 1.0, calls a statement about the files of a model. */
const PREDICATE_TYPE = "https://model_signing/signature/v1.0";

/** A model in one file. */
export interface SignedModel {
  /** Name of the file, without its folder. */
  readonly name: string;
  /** SHA-256 of the file, hex. */
  readonly sha256: string;
}

/**
 * OpenSSF signature of a model's file, which `model_signing verify key` takes: an in-toto statement of the file's hash in
 * a Sigstore bundle v0.3, ECDSA P-256.
 *
 * @param seed of the P-256 key
 */
export function signModel(model: SignedModel, seed: Uint8Array): Uint8Array {
  return signStatement(statementOf(model), seed);
}

/**
 * Check the signature of a model's file.
 *
 * @param signature as `signModel` made it
 * @param key P-256 public key, uncompressed point
 * @throws EvidenceError ENVELOPE_MALFORMED, ENVELOPE_SIGNATURE, STATEMENT_DIFFERS
 */
export function checkModelSignature(signature: Uint8Array, digest: string, key: Uint8Array): void {
  const statement = openStatement(signature, key);
  const { subject } = parseCanonical(statement) as { subject?: readonly { name?: unknown }[] };
  const name = subject?.[0]?.name;
  if (typeof name !== "string" || !equalBytes(statement, statementOf({ name, sha256: digest })))
    throw altered("STATEMENT_DIFFERS", "the signature of a marked copy is about another file");
}

function statementOf({ name, sha256: digest }: SignedModel): Uint8Array {
  return canonicalBytes({
    _type: "https://in-toto.io/Statement/v1",
    // The digest of the subject is the hash of all files' hashes, here of the one.
    subject: [{ name, digest: { sha256: bytesToHex(sha256(hexToBytes(digest))) } }],
    predicateType: PREDICATE_TYPE,
    predicate: {
      serialization: { method: "files", hash_type: "sha256", allow_symlinks: false, ignore_paths: [] },
      // A model that is one file is the resource ".", as its path relative to itself.
      resources: [{ name: ".", algorithm: "sha256", digest }],
    },
  });
}
