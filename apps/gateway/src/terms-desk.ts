import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { acceptanceIsSigned, type RecordedAcceptance } from "@indicia/evidence/acceptances";
import { openAcceptances } from "@indicia/evidence/acceptances-file";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { requireOwner } from "@indicia/evidence/signed-chain";
import { currentTerms, readTerms, type TermsVersion } from "@indicia/evidence/terms";
import { z } from "zod";
import { BadRequest } from "./bad-request.js";

/** Which terms a gateway asks its customers to accept. */
export interface TermsOptions {
  /** terms.jsonl, as `indicia terms add` writes it. */
  readonly file: string;
  /** Version that holds whatever its day; null for the one in force. */
  readonly version: string | null;
  /** Whether nobody is answered who has not accepted them. */
  readonly required: boolean;
  /** Log of acceptances; begun where it is not there. */
  readonly acceptances: string;
  /** Whether a keyed hash of the customer's address is recorded. */
  readonly recordAddress: boolean;
}

/** Who makes a contract, as marking knows them. */
export interface Parties {
  readonly registration: { readonly commitment: string; readonly signer: string };
  /** Whether a customer is in the register, so that he can make a contract. */
  readonly knows: (customer: string) => boolean;
  /** Ed25519 public key with which a customer signs, hex, or null. */
  readonly signer: (customer: string) => string | null;
  /** Key under which addresses are hashed, 32 bytes: without it nobody can try out addresses. */
  readonly addressKey: Uint8Array;
}

/** Shows terms, records who accepts them, and refuses who has not. */
export interface TermsDesk {
  /** Version that holds now; null where none is in force yet. */
  current(): TermsVersion | null;
  /** Versions that are announced for later. */
  announced(): readonly TermsVersion[];
  /** What a customer accepted of a version, or null. */
  accepted(customer: string, terms: TermsVersion): RecordedAcceptance | null;
  /** @throws BadRequest 403 TERMS_NOT_ACCEPTED */
  require(customer: string | null): void;
  /** Record an acceptance; it is on disk when this resolves. @throws BadRequest */
  accept(
    customer: string,
    body: unknown,
    address: string | null,
  ): Promise<{ readonly acceptance: RecordedAcceptance; readonly known: boolean }>;
  close(): Promise<void>;
}

const requestSchema = z.strictObject({
  version: z.string().max(64),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  signature: z
    .string()
    .regex(/^[0-9a-f]{128}$/)
    .optional(),
});

/**
 * Open the terms and the log of acceptances, before anything is served.
 *
 * @throws EvidenceError where the terms are not the owner's, or the log is another registration's or broken
 */
export async function openTermsDesk(
  options: TermsOptions,
  parties: Parties,
  clock: () => Date,
): Promise<TermsDesk> {
  const { commitment } = parties.registration;
  const terms = readTerms(await readFile(options.file), { sha256: nativeSha256 });
  requireOwner(terms.chain, parties.registration);
  const pinned = options.version === null ? null : pinnedVersion(terms.versions, options.version);
  const log = await openAcceptances(options.acceptances, { registration: commitment, clock });
  const accepted = new Map(log.found.entries.map((each) => [keyOf(each.customer, each), each]));

  const current = (): TermsVersion | null => pinned ?? currentTerms(terms.versions, clock());
  const announced = (): TermsVersion[] => {
    const now = current();
    return terms.versions.filter(({ index }) => pinned === null && index > (now?.index ?? 0));
  };
  const find = (customer: string, version: TermsVersion): RecordedAcceptance | null =>
    accepted.get(keyOf(customer, version)) ?? null;
  return {
    current,
    announced,
    accepted: find,
    require(customer) {
      const now = current();
      if (!options.required || now === null) return;
      if (customer === null || find(customer, now) === null) throw notAccepted(now);
    },
    async accept(customer, body, address) {
      if (!parties.knows(customer)) throw notRegistered();
      const now = current();
      const parsed = requestSchema.safeParse(body);
      if (!parsed.success)
        throw new BadRequest("name the version and the sha256 of the terms that you accept");
      const { version, sha256, signature = null } = parsed.data;
      const named = [...(now === null ? [] : [now]), ...announced()].find(
        (each) => each.version === version && each.sha256 === sha256,
      );
      if (named === undefined)
        throw notCurrent(
          now,
          [now, ...announced()].find((each) => each?.version === version),
        );
      const text = { registration: commitment, customer, version, sha256 };
      const signer = parties.signer(customer);
      if (signature !== null && (signer === null || !acceptanceIsSigned(text, signature, signer)))
        throw new BadRequest("the signature over the acceptance is not the customer's");
      const known = find(customer, named);
      if (known !== null && (signature === null || known.signature !== null))
        return { acceptance: known, known: true };
      const hashed =
        options.recordAddress && address !== null
          ? createHmac("sha256", parties.addressKey).update(address).digest("hex")
          : null;
      const acceptance = await log.accept({ customer, version, sha256, address: hashed, signature });
      accepted.set(keyOf(customer, named), acceptance);
      return { acceptance, known: false };
    },
    close: () => log.close(),
  };
}

/** What of a version may be told to anybody who asks. */
export function described({ version, effective, sha256 }: TermsVersion): {
  readonly version: string;
  readonly effective: string;
  readonly sha256: string;
} {
  return { version, effective, sha256 };
}

function keyOf(
  customer: string,
  { version, sha256 }: { readonly version: string; readonly sha256: string },
): string {
  return JSON.stringify([customer, version, sha256]);
}

function pinnedVersion(versions: readonly TermsVersion[], name: string): TermsVersion {
  const found = versions.find(({ version }) => version === name);
  if (found !== undefined) return found;
  throw new RangeError(`the terms have no version "${name}"`);
}

/** What is said to an account that belongs to no registered customer; not which customers there are. */
export function notRegistered(): BadRequest {
  return new BadRequest("this account belongs to no registered customer, and only those accept terms", 403, {
    details: {
      code: "CUSTOMER_UNKNOWN",
      hint: "Ask whoever runs the gateway to register the customer, and for a key with his name.",
    },
  });
}

function notAccepted(now: TermsVersion): BadRequest {
  const { version, sha256 } = now;
  return new BadRequest(
    `accept version ${version} of the terms first: read GET /terms, then POST /terms/acceptance its version and sha256`,
    403,
    {
      details: {
        code: "TERMS_NOT_ACCEPTED",
        terms: described(now),
        read: "GET /terms",
        accept: { method: "POST", path: "/terms/acceptance", body: { version, sha256 } },
      },
    },
  );
}

/** @param named the version that was meant, whose text has another hash */
function notCurrent(now: TermsVersion | null, named: TermsVersion | null | undefined): BadRequest {
  const told =
    named == null
      ? "there is no such version among the terms that are in force or announced: read GET /terms"
      : `the sha256 differs from that of version ${named.version}, so another text was read: read GET /terms`;
  const code = named == null ? "TERMS_NOT_CURRENT" : "TERMS_HASH_DIFFERS";
  return new BadRequest(told, 409, {
    details: { code, terms: now === null ? null : described(now) },
  });
}
