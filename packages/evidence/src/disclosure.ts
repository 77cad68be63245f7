import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { canonicalBytes } from "./canonical.js";
import { readDocument } from "./document.js";
import { EvidenceError } from "./error.js";
import { subKeyProof, verifySubKey } from "./sub-keys.js";
import { hex32 } from "./scalars.js";

/** Longest disclosure: some 2 KB in use; a proof has at most 32 hashes. */
const MAX_DISCLOSURE_BYTES: number = 64 * 2 ** 10;

/** What a disclosure says about itself to whoever decrypts it. */
export const DISCLOSURE_NOTE: string =
  "This is one derived sub-key, disclosed so that the statistic of one examination can be recomputed. It is not the " +
  "owner key and reveals no other sub-key. Whoever holds it can imitate or remove the marks made with it: from its " +
  "disclosure on, these marks count only against suspects whose hash or transcript was timestamped before.";

/** A disclosure in the clear, as the expert's recipient key encrypts it. Canonical JSON. */
export interface DisclosureFile {
  readonly version: 1;
  readonly kind: "indicia disclosure";
  /** Commitment of the registration, hex. */
  readonly registration: string;
  readonly index: number;
  /** The sub-key, hex. */
  readonly subKey: string;
  /** Inclusion proof under the registered root of sub-keys (RFC 9162), from the leaf upwards, hex. */
  readonly proof: string[];
  readonly note: string;
}

const disclosureSchema: z.ZodType<DisclosureFile> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia disclosure"),
  registration: hex32,
  index: z.int().min(0),
  subKey: hex32,
  proof: z.array(hex32).max(32),
  note: z.string().max(4096),
});

/**
 * Make a disclosure of one sub-key. The caller encrypts it.
 *
 * @param commitment SHA-256 of the canonical registration, hex
 * @param subKeys all sub-keys that the registration commits to, in order
 * @throws EvidenceError MERKLE_INDEX, SUB_KEY_INVALID
 */
export function makeDisclosure(
  commitment: string,
  subKeys: readonly Uint8Array[],
  index: number,
): Uint8Array {
  const proof = subKeyProof(subKeys, index).map((each) => bytesToHex(each));
  const subKey = subKeys[index];
  if (subKey === undefined)
    throw new EvidenceError("MERKLE_INDEX", `there is no sub-key ${index}`, "Give another.");
  const file: DisclosureFile = {
    version: 1,
    kind: "indicia disclosure",
    registration: commitment,
    index,
    subKey: bytesToHex(subKey),
    proof,
    note: DISCLOSURE_NOTE,
  };
  return canonicalBytes(file);
}

/** What a registration says about its sub-keys. */
export interface RegisteredSubKeys {
  /** SHA-256 of the canonical registration, hex. */
  readonly commitment: string;
  readonly count: number;
  /** Merkle root over the sub-keys, hex. */
  readonly root: string;
}

/**
 * Check a decrypted disclosure against a registration.
 *
 * @returns the sub-key and its index
 * @throws EvidenceError DISCLOSURE_MALFORMED, DISCLOSURE_OTHER_REGISTRATION, SUB_KEY_UNPROVEN
 */
export function checkDisclosure(
  bytes: Uint8Array,
  registered: RegisteredSubKeys,
): { index: number; subKey: Uint8Array } {
  const { registration, index, subKey: hex, proof } = readDisclosure(bytes);
  if (registration !== registered.commitment) {
    throw new EvidenceError(
      "DISCLOSURE_OTHER_REGISTRATION",
      "the disclosure belongs to another registration",
      "Ask for the disclosure made for this evidence.",
    );
  }
  const subKey = hexToBytes(hex);
  const disclosed = { index, subKey, proof: proof.map((each) => hexToBytes(each)) };
  if (verifySubKey(disclosed, { count: registered.count, root: hexToBytes(registered.root) }))
    return { index, subKey };
  throw new EvidenceError(
    "SUB_KEY_UNPROVEN",
    "the disclosed sub-key is not among those that the registration commits to",
    "Do not rely on it: a key chosen later proves nothing.",
  );
}

function readDisclosure(bytes: Uint8Array): DisclosureFile {
  return readDocument(bytes, {
    name: "the disclosure",
    schema: disclosureSchema,
    code: "DISCLOSURE_MALFORMED",
    maxBytes: MAX_DISCLOSURE_BYTES,
  });
}
