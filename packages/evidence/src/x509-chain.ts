import { BasicConstraints, type Certificate, type Extension } from "pkijs";
import { nameBytes, type ReadCertificate } from "./x509-certificate.js";
import { verifyX509Signature } from "./x509-signature.js";

/** Certificates between a signer and its root at most; real chains have two or three. */
const MAX_DEPTH = 8;
const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const EXTENDED_KEY_USAGE = "2.5.29.37";
/** Bit of keyCertSign in the first byte of a key usage (RFC 5280, section 4.2.1.3). */
const KEY_CERT_SIGN = 0x04;
/** Critical extensions that are understood here; any other one forbids the certificate (RFC 5280, section 4.2). */
const UNDERSTOOD: ReadonlySet<string> = new Set([BASIC_CONSTRAINTS, KEY_USAGE, EXTENDED_KEY_USAGE]);

export interface ChainQuestion {
  readonly signer: ReadCertificate;
  /** Certificates that came along. */
  readonly others: readonly ReadCertificate[];
  readonly roots: readonly ReadCertificate[];
  /** When all of them must have been valid. */
  readonly at: Date;
}

/**
 * The root to which a certificate leads: issuers by name and signature, each a CA allowed to sign certificates, within
 * its path length, valid at the time (a part of RFC 5280, section 6.1: no policies, no revocation; name constraints,
 * which are critical, are refused).
 *
 * @returns null where it leads to none of the roots
 */
export function rootOf(question: ChainQuestion): ReadCertificate | null {
  return follow(question.signer, 0, question);
}

function follow(subject: ReadCertificate, depth: number, question: ChainQuestion): ReadCertificate | null {
  const { roots, others, at } = question;
  if (depth > MAX_DEPTH || !isValidAt(subject.certificate, at) || !isUnderstood(subject.certificate))
    return null;
  const root = roots.find(({ sha256 }) => sha256 === subject.sha256);
  if (root !== undefined) return root;
  for (const issuer of [...roots, ...others]) {
    if (issuer.sha256 === subject.sha256 || !hasIssued(issuer.certificate, subject.certificate, depth))
      continue;
    const found = follow(issuer, depth + 1, question);
    if (found !== null) return found;
  }
  return null;
}

/** @param below certificates of authorities between the issuer and the signer */
function hasIssued(issuer: Certificate, subject: Certificate, below: number): boolean {
  if (nameBytes(issuer.subject) !== nameBytes(subject.issuer)) return false;
  const constraints: unknown = extension(issuer, BASIC_CONSTRAINTS)?.parsedValue;
  if (!(constraints instanceof BasicConstraints) || !constraints.cA) return false;
  const { pathLenConstraint: most } = constraints;
  if (typeof most === "number" && below > most) return false;
  const usage = extension(issuer, KEY_USAGE);
  if (usage !== undefined && (keyUsage(usage) & KEY_CERT_SIGN) === 0) return false;
  const signed = {
    bytes: new Uint8Array(subject.tbsView),
    signature: subject.signatureValue.valueBlock.valueHexView,
    algorithm: subject.signatureAlgorithm.algorithmId,
  };
  return (
    subject.signature.algorithmId === subject.signatureAlgorithm.algorithmId &&
    verifyX509Signature(signed, issuer.subjectPublicKeyInfo) === true
  );
}

function isValidAt({ notBefore, notAfter }: Certificate, at: Date): boolean {
  return notBefore.value <= at && at <= notAfter.value;
}

function isUnderstood({ extensions = [] }: Certificate): boolean {
  return extensions.every(({ critical, extnID }) => !critical || UNDERSTOOD.has(extnID));
}

/** An extension by its identifier; one that occurs twice is none. */
export function extension({ extensions = [] }: Certificate, oid: string): Extension | undefined {
  const found = extensions.filter(({ extnID }) => extnID === oid);
  return found.length === 1 ? found[0] : undefined;
}

/** First byte of a key usage: digitalSignature is 0x80, nonRepudiation 0x40. */
export function keyUsage(found: Extension): number {
  const value: unknown = found.parsedValue;
  if (typeof value !== "object" || value === null || !("valueBlock" in value)) return 0;
  const { valueBlock } = value;
  if (typeof valueBlock !== "object" || valueBlock === null || !("valueHexView" in valueBlock)) return 0;
  return valueBlock.valueHexView instanceof Uint8Array ? (valueBlock.valueHexView[0] ?? 0) : 0;
}
