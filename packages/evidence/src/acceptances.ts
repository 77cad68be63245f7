import { isCustomerId } from "@indicia/proof/customer-id";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { canonicalBytes, portableSha256, type Sha256 } from "./canonical.js";
import { type ChainLine, readChain } from "./chain.js";
import { altered } from "./error.js";
import { sign, type SignedPayload, verifySignature } from "./sign.js";
import { hex32 } from "./scalars.js";

/** Type of the first line, and of the line that records an acceptance. */
export const ACCEPTANCES_BEGIN = "begin";
export const ACCEPTED_LINE = "accepted";

/** What a customer's signature covers is said in its type, so that it can never be shown as another. */
const ACCEPTANCE_TYPE = "application/vnd.indicia.acceptance+json; version=1";

/** What a customer accepts: a text, by its hash, under one registration. */
export interface AcceptedText {
  /** Commitment of the registration, hex. */
  readonly registration: string;
  readonly customer: string;
  readonly version: string;
  /** SHA-256 of the text as UTF-8, hex. */
  readonly sha256: string;
}

/** An acceptance as it was recorded. */
export interface Acceptance {
  readonly customer: string;
  readonly version: string;
  readonly sha256: string;
  /** Keyed hash of the address that it came from, hex; null where addresses are not recorded. */
  readonly address: string | null;
  /** The customer's Ed25519 signature over an `AcceptedText`, hex; null where he gave none. */
  readonly signature: string | null;
}

/** An acceptance with its line. */
export interface RecordedAcceptance extends Acceptance {
  readonly index: number;
  /** When it was recorded, RFC 3339, by the gateway's clock. */
  readonly time: string;
}

/** acceptances.jsonl as it was read. */
export interface Acceptances {
  readonly registration: string;
  readonly entries: readonly RecordedAcceptance[];
  readonly lines: readonly ChainLine[];
  /** Hash of the last line, hex. */
  readonly head: string;
}

export interface AcceptancesBegin {
  readonly version: 1;
  readonly kind: "indicia acceptances";
  readonly registration: string;
}

const beginSchema: z.ZodType<AcceptancesBegin> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia acceptances"),
  registration: hex32,
});
const acceptanceSchema: z.ZodType<Acceptance> = z.strictObject({
  customer: z.string().refine(isCustomerId, "no customer id"),
  version: z.string().max(64),
  sha256: hex32,
  address: hex32.nullable(),
  signature: z
    .string()
    .regex(/^[0-9a-f]{128}$/)
    .nullable(),
});

/**
 * Read a log of acceptances.
 *
 * @throws EvidenceError ACCEPTANCES_MALFORMED, and those of a broken chain
 */
export function readAcceptances(
  bytes: Uint8Array,
  { sha256 = portableSha256 }: { readonly sha256?: Sha256 } = {},
): Acceptances {
  const { lines, head } = readChain(bytes, { kind: "acceptances", sha256 });
  return { ...readAcceptanceLines(lines), head };
}

/** The same for lines that were read already. */
export function readAcceptanceLines(lines: readonly ChainLine[]): Omit<Acceptances, "head"> {
  const [first, ...rest] = lines;
  const begin = first?.type === ACCEPTANCES_BEGIN ? beginSchema.safeParse(first.body) : null;
  if (begin?.success !== true)
    throw altered(
      "ACCEPTANCES_MALFORMED",
      "the log of acceptances does not say which registration it is for",
    );
  const entries = rest.filter(({ type }) => type === ACCEPTED_LINE).map(acceptanceOf);
  return { registration: begin.data.registration, entries, lines };
}

/** What a line records. @throws EvidenceError ACCEPTANCES_MALFORMED */
export function acceptanceOf({
  index,
  time,
  type,
  body,
}: Pick<ChainLine, "index" | "time" | "type" | "body">): RecordedAcceptance {
  const parsed = acceptanceSchema.safeParse(body);
  if (type === ACCEPTED_LINE && parsed.success) return { index, time, ...parsed.data };
  throw altered("ACCEPTANCES_MALFORMED", `line ${index} of the log of acceptances records none`);
}

/**
 * A customer's signature over what he accepts: Ed25519 over its canonical JSON (DSSE encoding), 128 hex digits.
 *
 * @param seed the customer's signing seed, 32 bytes
 * @throws EvidenceError KEY_INVALID
 */
export function signAcceptance(seed: Uint8Array, accepted: AcceptedText): string {
  return bytesToHex(sign(seed, payloadOf(accepted)));
}

/** Whether an acceptance was signed with a customer's key. Anything malformed was not. */
export function acceptanceIsSigned(accepted: AcceptedText, signature: string, signer: string): boolean {
  if (!/^[0-9a-f]{128}$/.test(signature) || !/^[0-9a-f]{64}$/.test(signer)) return false;
  return verifySignature(hexToBytes(signature), payloadOf(accepted), hexToBytes(signer));
}

function payloadOf({ registration, customer, version, sha256 }: AcceptedText): SignedPayload {
  return { type: ACCEPTANCE_TYPE, payload: canonicalBytes({ registration, customer, version, sha256 }) };
}
