import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { canonicalBytes } from "./canonical.js";
import { readDocument } from "./document.js";
import { altered } from "./error.js";
import type { ObservationFile } from "./observation-format.js";
import { publicKey, sign, verifySignature } from "./sign.js";
import { PATHS, type VerifyContext } from "./verify-context.js";
import type { StepResult } from "./run-steps.js";
import { hex32 } from "./scalars.js";

/** Type under which whoever observed signs the seal. */
const OBSERVER_TYPE = "application/vnd.indicia.observer+json; version=1";

/** observer.json: that the party whom an observation names vouches for it. */
interface ObserverFile {
  readonly version: 1;
  readonly kind: "indicia observer";
  /** The seal, hex. */
  readonly observation: string;
  /** Ed25519 over the DSSE pre-authentication encoding of the type and the 32 bytes of the seal, hex. */
  readonly signature: string;
}

const observerSchema: z.ZodType<ObserverFile> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia observer"),
  observation: hex32,
  signature: z.string().regex(/^[0-9a-f]{128}$/),
});

/**
 * observer.json of an observation.
 *
 * @param seal hex
 * @param seed of the observer's Ed25519 key, 32 bytes
 */
export function observerBytes(seal: string, seed: Uint8Array): Uint8Array {
  const signature = bytesToHex(sign(seed, { type: OBSERVER_TYPE, payload: hexToBytes(seal) }));
  const file: ObserverFile = { version: 1, kind: "indicia observer", observation: seal, signature };
  return canonicalBytes(file);
}

/** How an observation names a party, hex key. */
export function observerOf(name: string, seed: Uint8Array): NonNullable<ObservationFile["observer"]> {
  return { name, signer: bytesToHex(publicKey(seed)) };
}

/**
 * Whoever observed signed this seal.
 *
 * @param bytes observer.json, or null where there is none
 * @throws EvidenceError OBSERVER_MALFORMED, OBSERVER_SIGNATURE
 */
export function requireObserver(
  { observer }: Pick<ObservationFile, "observer">,
  seal: string,
  bytes: Uint8Array | null,
): void {
  if (observer === undefined && bytes === null) return;
  if (observer === undefined || bytes === null)
    throw altered("OBSERVER_MALFORMED", "a party is named who did not sign, or signed without being named");
  const form = { name: "observer.json", schema: observerSchema, code: "OBSERVER_MALFORMED" } as const;
  const file = readDocument(bytes, form);
  const payload = { type: OBSERVER_TYPE, payload: hexToBytes(seal) };
  const good = verifySignature(hexToBytes(file.signature), payload, hexToBytes(observer.signer));
  if (file.observation === seal && good) return;
  throw altered("OBSERVER_SIGNATURE", `"${observer.name}" did not sign this seal`);
}

/** The party who observed, where one is named. */
export function checkObserver(context: VerifyContext): StepResult {
  const { file, sha256 } = context.observation();
  requireObserver(file, sha256, context.find(PATHS.observer));
  if (file.observer === undefined) return { passed: "nobody is named, and the limits say so" };
  const own = file.observer.signer === context.registration().file.signer;
  return {
    passed: `"${file.observer.name}" signed the seal with ${own ? "the owner's own key, which makes no other party of him" : `the key ${file.observer.signer}`}`,
  };
}
