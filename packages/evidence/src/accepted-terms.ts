import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import {
  acceptanceIsSigned,
  acceptanceOf,
  type Acceptances,
  type RecordedAcceptance,
} from "./acceptances.js";
import type { Sha256 } from "./canonical.js";
import { readChainLine } from "./chain.js";
import { altered, EvidenceError } from "./error.js";
import { createProver, leafHash, verifyInclusion } from "./merkle.js";
import type { TermsVersion } from "./terms.js";
import { hex32 } from "./scalars.js";

/** terms/accepted.json: what the customers whom a trace names have accepted, out of a log that stays withheld. */
export interface AcceptedTerms {
  readonly version: 1;
  readonly kind: "indicia accepted terms";
  readonly registration: string;
  /** The whole log: number of lines, hash of the last, and Merkle tree hash over all (RFC 9162), hex. */
  readonly log: { readonly entries: number; readonly head: string; readonly root: string };
  readonly accepted: {
    readonly customer: string;
    readonly index: number;
    /** The line of the log, without its newline. */
    readonly line: string;
    /** That it is in the log, from the leaf upwards, hex. */
    readonly proof: string[];
  }[];
  /** Customers of whom the log records nothing. */
  readonly missing: string[];
}

export const acceptedTermsSchema: z.ZodType<AcceptedTerms> = z.strictObject({
  version: z.literal(1),
  kind: z.literal("indicia accepted terms"),
  registration: hex32,
  log: z.strictObject({ entries: z.int().min(1), head: hex32, root: hex32 }),
  accepted: z
    .array(
      z.strictObject({
        customer: z.string().max(64),
        index: z.int().min(1),
        line: z.string().max(4096),
        proof: z.array(hex32).max(64),
      }),
    )
    .max(100_000),
  missing: z.array(z.string().max(64)).max(1_000_000),
});

/** Everything that a log records of some customers, with proofs that it does. */
export function acceptedTerms(log: Acceptances, customers: readonly string[], sha256: Sha256): AcceptedTerms {
  const prover = createProver(
    log.lines.map(({ bytes }) => leafHash(bytes, sha256)),
    sha256,
  );
  const own = log.entries.filter(({ customer }) => customers.includes(customer));
  const decoder = new TextDecoder();
  return {
    version: 1,
    kind: "indicia accepted terms",
    registration: log.registration,
    log: { entries: log.lines.length, head: log.head, root: bytesToHex(prover.root) },
    accepted: own.map(({ customer, index }) => ({
      customer,
      index,
      line: decoder.decode(log.lines[index]?.bytes),
      proof: prover.proof(index).map((each) => bytesToHex(each)),
    })),
    missing: customers.filter((each) => !own.some(({ customer }) => customer === each)),
  };
}

/** What an acceptance is held against. */
export interface AcceptedContext {
  /** Commitment of the registration, hex. */
  readonly registration: string;
  readonly versions: readonly TermsVersion[];
  /** Customers of whom it has to speak. */
  readonly customers: readonly string[];
  /** Ed25519 public key of a customer, hex, or null. */
  readonly signer: (customer: string) => string | null;
  readonly sha256: Sha256;
}

/** An acceptance that holds. */
export interface HeldAcceptance extends RecordedAcceptance {
  /** Whether the customer's own key signed it; else it is the gateway's record. */
  readonly signed: boolean;
}

/**
 * Check what customers have accepted: each line is in the log, speaks of a version that there is, with its hash, and bears
 * the customer's signature where it has one; nobody is left out.
 *
 * @throws EvidenceError ACCEPTANCES_OTHER_REGISTRATION, ACCEPTANCE_CHANGED, ACCEPTANCE_TERMS, ACCEPTANCE_SIGNATURE,
 *   ACCEPTANCE_MISSING
 */
export function checkAccepted(file: AcceptedTerms, context: AcceptedContext): HeldAcceptance[] {
  if (file.registration !== context.registration) {
    throw new EvidenceError(
      "ACCEPTANCES_OTHER_REGISTRATION",
      "the acceptances belong to another registration",
      "Ask for those of this one.",
    );
  }
  const held = file.accepted.map((each) => heldAcceptance(file, each, context));
  for (const customer of context.customers) {
    const [recorded, missing] = [
      held.some((each) => each.customer === customer),
      file.missing.includes(customer),
    ];
    if (recorded === missing)
      throw altered("ACCEPTANCE_MISSING", `it is not said once whether "${customer}" accepted any terms`);
  }
  const stranger = [...held.map(({ customer }) => customer), ...file.missing].find(
    (each) => !context.customers.includes(each),
  );
  if (stranger !== undefined)
    throw altered("ACCEPTANCE_MISSING", `the acceptances speak of "${stranger}", whom nobody named`);
  return held;
}

function heldAcceptance(
  { log }: AcceptedTerms,
  { customer, index, line, proof }: AcceptedTerms["accepted"][number],
  { registration, versions, signer, sha256 }: AcceptedContext,
): HeldAcceptance {
  const bytes = utf8ToBytes(line);
  const included = verifyInclusion(
    {
      leaf: leafHash(bytes, sha256),
      index,
      size: log.entries,
      proof: proof.map((each) => hexToBytes(each)),
      root: hexToBytes(log.root),
    },
    sha256,
  );
  if (!included)
    throw altered("ACCEPTANCE_CHANGED", `line ${index} is not what the log of acceptances holds there`);
  const found = acceptanceOf(
    readChainLine(bytes, { where: `line ${index} of the acceptances chain`, sha256 }),
  );
  if (found.customer !== customer || found.index !== index)
    throw altered(
      "ACCEPTANCE_CHANGED",
      `line ${index} of the log of acceptances is not one of "${customer}"`,
    );
  const { version, sha256: accepted, signature } = found;
  if (!versions.some((each) => each.version === version && each.sha256 === accepted))
    throw altered(
      "ACCEPTANCE_TERMS",
      `"${customer}" accepted version "${version}", which the terms do not have`,
    );
  if (signature === null) return { ...found, signed: false };
  const key = signer(customer);
  const text = { registration, customer, version, sha256: accepted };
  if (key === null || !acceptanceIsSigned(text, signature, key))
    throw altered("ACCEPTANCE_SIGNATURE", `the signature of "${customer}" under his acceptance is not good`);
  return { ...found, signed: true };
}
