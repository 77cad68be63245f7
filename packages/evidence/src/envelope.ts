import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { z } from "zod";
import { fromBase64, toBase64 } from "./base64.js";
import { canonicalBytes } from "./canonical.js";
import { readDocument } from "./document.js";
import { altered } from "./error.js";
import { p256Pem, p256PublicKey, signP256, verifyP256 } from "./p256.js";
import { preAuthenticationEncoding } from "./sign.js";

/** Payload type of in-toto statements in DSSE. */
const IN_TOTO_TYPE = "application/vnd.in-toto+json";
/** Media type of a Sigstore bundle, version 0.3. */
const BUNDLE_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** The part of a Sigstore bundle v0.3 that is used here: a DSSE envelope under a bare public key. */
interface SigstoreBundle {
  readonly mediaType: typeof BUNDLE_TYPE;
  readonly verificationMaterial: { readonly publicKey: { readonly hint: string } };
  readonly dsseEnvelope: {
    readonly payload: string;
    readonly payloadType: typeof IN_TOTO_TYPE;
    readonly signatures: { readonly sig: string }[];
  };
}

const schema: z.ZodType<SigstoreBundle> = z.strictObject({
  mediaType: z.literal(BUNDLE_TYPE),
  verificationMaterial: z.strictObject({ publicKey: z.strictObject({ hint: z.string().max(200) }) }),
  dsseEnvelope: z.strictObject({
    payload: z.string(),
    payloadType: z.literal(IN_TOTO_TYPE),
    signatures: z.array(z.strictObject({ sig: z.string().max(200) })).length(1),
  }),
});

/**
 * Sign an in-toto statement: DSSE v1, ECDSA P-256 over SHA-256, in a Sigstore bundle v0.3 whose hint is the SHA-256 of
 * the key's PEM, as OpenSSF model signing has it. The same statement and seed give the same bytes.
 *
 * @param statement its exact bytes
 * @param seed of the P-256 key
 */
export function signStatement(statement: Uint8Array, seed: Uint8Array): Uint8Array {
  const signature = signP256(seed, encoded(statement));
  const bundle: SigstoreBundle = {
    mediaType: BUNDLE_TYPE,
    verificationMaterial: { publicKey: { hint: hintOf(p256PublicKey(seed)) } },
    dsseEnvelope: {
      payload: toBase64(statement),
      payloadType: IN_TOTO_TYPE,
      signatures: [{ sig: toBase64(signature) }],
    },
  };
  return canonicalBytes(bundle);
}

/**
 * The statement of a Sigstore bundle whose signature is good.
 *
 * @param key P-256 public key, uncompressed point
 * @throws EvidenceError ENVELOPE_MALFORMED, ENVELOPE_SIGNATURE
 */
export function openStatement(bytes: Uint8Array, key: Uint8Array): Uint8Array {
  const { dsseEnvelope, verificationMaterial } = readDocument(bytes, {
    name: "the Sigstore bundle",
    schema,
    code: "ENVELOPE_MALFORMED",
  });
  if (verificationMaterial.publicKey.hint !== hintOf(key))
    throw altered("ENVELOPE_SIGNATURE", "the statement was signed with another key");
  const statement = fromBase64(dsseEnvelope.payload);
  const [{ sig } = { sig: "" }] = dsseEnvelope.signatures;
  if (!verifyP256(fromBase64(sig), encoded(statement), key))
    throw altered("ENVELOPE_SIGNATURE", "the signature of the statement is not good");
  return statement;
}

function encoded(statement: Uint8Array): Uint8Array {
  return preAuthenticationEncoding({ type: IN_TOTO_TYPE, payload: statement });
}

function hintOf(key: Uint8Array): string {
  return bytesToHex(sha256(utf8ToBytes(p256Pem(key))));
}
