import {
  acceptedTermsSchema,
  checkAccepted,
  type AcceptedTerms,
  type HeldAcceptance,
} from "./accepted-terms.js";
import type { ChainLine } from "./chain.js";
import { readDocument } from "./document.js";
import { altered } from "./error.js";
import { requireNotedLines } from "./noted-lines.js";
import { datedLines } from "./signed-chain-dates.js";
import { requireOwner } from "./signed-chain.js";
import { readTerms } from "./terms.js";
import type { VerifyContext } from "./verify-context.js";
import type { StepResult } from "./run-steps.js";
import { registerIn, registrationLines, traceIn } from "./trace-parts.js";

/** Where terms and acceptances lie in a bundle. */
export const TERMS_PATHS = { terms: "terms/terms.jsonl", accepted: "terms/accepted.json" } as const;

/**
 * The terms, signed by the owner; and what the named customers accepted of them, out of a log of which the registration's
 * chain took note.
 */
export function checkTerms(context: VerifyContext): StepResult {
  const [termsBytes, acceptedBytes] = [context.find(TERMS_PATHS.terms), context.find(TERMS_PATHS.accepted)];
  if (termsBytes === null && acceptedBytes === null)
    return { notChecked: "the bundle carries no terms: what customers accepted is not part of it" };
  if (termsBytes === null || acceptedBytes === null)
    throw altered(
      "BUNDLE_FILE_MISSING",
      "the bundle has terms without acceptances, or acceptances without terms",
    );
  const { sha256 } = context;
  const { file, sha256: commitment } = context.registration();
  const noted = registrationLines(context);
  const { chain, versions } = readTerms(termsBytes, { sha256 });
  requireOwner(chain, { commitment, signer: file.signer });
  requireNotedLines("terms", chain.hashes, noted);
  const dates = datedLines(chain, context.options.timestampRoots ?? []);
  const accepted = readDocument(acceptedBytes, {
    name: TERMS_PATHS.accepted,
    schema: acceptedTermsSchema,
    code: "ACCEPTANCES_MALFORMED",
  });
  const signers = new Map(registerIn(context).entries.map(({ id, signer }) => [id, signer]));
  const held = checkAccepted(accepted, {
    registration: commitment,
    versions,
    customers: traceIn(context).named,
    signer: (customer) => signers.get(customer) ?? null,
    sha256,
  });
  requireLogNoted(accepted, noted);
  const dated = dates.length === 0 ? "no outside timestamp" : `${dates.length} outside timestamps`;
  const told = [
    ...held.map(heldTold),
    ...accepted.missing.map((each) => `${each} accepted nothing on record`),
  ];
  return { passed: [`${versions.length} versions, ${dated}`, ...told].join("; ") };
}

/** The log as it is cited has to be noted, so that no acceptance could be written into it later. */
function requireLogNoted({ log }: AcceptedTerms, noted: readonly ChainLine[]): void {
  const found = noted.some(
    ({ type, body }) =>
      type === "acceptances" &&
      typeof body === "object" &&
      body !== null &&
      "root" in body &&
      "entries" in body &&
      "head" in body &&
      body.root === log.root &&
      body.entries === log.entries &&
      body.head === log.head,
  );
  if (!found)
    throw altered("REGISTRATION_CHAIN", "the registration's chain does not note this log of acceptances");
}

function heldTold({ customer, version, time, signed }: HeldAcceptance): string {
  const whose = signed ? "signed with his own key" : "by the gateway's record";
  return `${customer} accepted version ${version} on ${time}, ${whose}`;
}
