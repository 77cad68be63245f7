import { bytesToHex } from "@noble/hashes/utils.js";
import { type Integer, ObjectIdentifier, OctetString } from "asn1js";
import { ExtKeyUsage, IssuerAndSerialNumber, type SignerInfo } from "pkijs";
import { altered, EvidenceError } from "./error.js";
import { isBound } from "./timestamp-binding.js";
import { type ReadTimestamp, readTimestamp, TST_INFO } from "./timestamp-read.js";
import { nonceBytes, SHA_256 } from "./timestamp-request.js";
import { nameBytes, type ReadCertificate } from "./x509-certificate.js";
import { extension, keyUsage, rootOf } from "./x509-chain.js";
import { digestOf, verifyX509Signature } from "./x509-signature.js";

const MESSAGE_DIGEST = "1.2.840.113549.1.9.4";
const CONTENT_TYPE = "1.2.840.113549.1.9.3";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SUBJECT_KEY_IDENTIFIER = "2.5.29.14";
const KEY_USAGE = "2.5.29.15";
/** digitalSignature and nonRepudiation: what a timestamp authority's key may be used for. */
const SIGNING_USES = 0xc0;
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";

export interface TimestampExpectation {
  /** SHA-256 of what was dated, 32 bytes. */
  readonly imprint: Uint8Array;
  /** What was sent as a nonce, where this is the answer to one's own request. */
  readonly nonce?: Uint8Array;
  /** Policy that was asked for. */
  readonly policy?: string | null;
  /** Roots of trust, or none to leave the chain unchecked. */
  readonly roots: readonly ReadCertificate[];
}

/** A timestamp that holds. */
export interface VerifiedTimestamp {
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly accuracyMs: number | null;
  readonly policy: string;
  readonly serial: string;
  /** Subject of the certificate that signed, and its SHA-256. */
  readonly signer: { readonly subject: string; readonly sha256: string };
  /** The root that it leads to; null where no root was given, so that anybody may have signed. */
  readonly root: { readonly subject: string; readonly sha256: string } | null;
}

/**
 * Verify a timestamp offline (RFC 3161, section 2.3 and 2.4.2; RFC 5652, section 5.4; RFC 5816).
 *
 * @param bytes DER of TimeStampResp
 * @throws EvidenceError TIMESTAMP_MALFORMED, TIMESTAMP_REFUSED, TIMESTAMP_IMPRINT (it dates something else),
 *   TIMESTAMP_NONCE (the answer to another request), TIMESTAMP_POLICY, TIMESTAMP_SIGNER (the certificate is missing),
 *   TIMESTAMP_USAGE (the certificate is not one of a timestamp authority), TIMESTAMP_BINDING (the signature names
 *   another certificate), TIMESTAMP_ALGORITHM, TIMESTAMP_SIGNATURE, TIMESTAMP_CHAIN (it leads to none of the roots at its
 *   own time)
 */
export function verifyTimestamp(bytes: Uint8Array, expected: TimestampExpectation): VerifiedTimestamp {
  const read = readTimestamp(bytes);
  checkContents(read, expected);
  const signer = signerOf(read);
  checkUsage(signer);
  checkSignature(read, signer);
  const { roots } = expected;
  const root =
    roots.length === 0 ? null : rootOf({ signer, others: read.certificates, roots, at: read.time });
  if (roots.length > 0 && root === null) {
    throw new EvidenceError(
      "TIMESTAMP_CHAIN",
      `"${signer.subject}" led to none of the given roots on ${read.time.toISOString()}`,
      "Give the authority's root certificate with --tsa-ca.",
    );
  }
  return {
    time: read.time.toISOString(),
    accuracyMs: read.accuracyMs,
    policy: read.policy,
    serial: read.serial,
    signer: { subject: signer.subject, sha256: signer.sha256 },
    root: root === null ? null : { subject: root.subject, sha256: root.sha256 },
  };
}

function checkContents(read: ReadTimestamp, { imprint, nonce, policy }: TimestampExpectation): void {
  if (read.imprint.algorithm !== SHA_256 || bytesToHex(read.imprint.bytes) !== bytesToHex(imprint))
    throw altered("TIMESTAMP_IMPRINT", "the timestamp dates something else");
  if (nonce !== undefined && read.nonce !== bytesToHex(nonceBytes(nonce)))
    throw altered("TIMESTAMP_NONCE", "the timestamp answers another request");
  if (policy != null && read.policy !== policy)
    throw altered("TIMESTAMP_POLICY", `the timestamp is under policy ${read.policy}, not ${policy}`);
}

/** The certificate that the signature names, by issuer and serial number or by key identifier. */
function signerOf({ signer, certificates }: ReadTimestamp): ReadCertificate {
  const found = certificates.filter(({ certificate }) => {
    const sid: unknown = signer.sid;
    if (sid instanceof IssuerAndSerialNumber)
      return (
        nameBytes(sid.issuer) === nameBytes(certificate.issuer) &&
        integer(sid.serialNumber) === integer(certificate.serialNumber)
      );
    const identifier: unknown = extension(certificate, SUBJECT_KEY_IDENTIFIER)?.parsedValue;
    return (
      sid instanceof OctetString &&
      identifier instanceof OctetString &&
      bytesToHex(new Uint8Array(sid.valueBlock.valueHexView)) ===
        bytesToHex(new Uint8Array(identifier.valueBlock.valueHexView))
    );
  });
  const [only] = found;
  if (only !== undefined && new Set(found.map(({ sha256 }) => sha256)).size === 1) return only;
  throw altered("TIMESTAMP_SIGNER", "the timestamp lacks the certificate that it was signed with");
}

function integer({ valueBlock }: Integer): string {
  return bytesToHex(new Uint8Array(valueBlock.valueHexView));
}

/** RFC 3161, section 2.3: extended key usage timeStamping alone, and critical. */
function checkUsage({ certificate, subject }: ReadCertificate): void {
  const found = extension(certificate, EXTENDED_KEY_USAGE);
  const uses: unknown = found?.parsedValue;
  const usage = extension(certificate, KEY_USAGE);
  const fits =
    found?.critical === true &&
    uses instanceof ExtKeyUsage &&
    uses.keyPurposes.length === 1 &&
    uses.keyPurposes[0] === TIME_STAMPING &&
    (usage === undefined || (keyUsage(usage) & SIGNING_USES) !== 0);
  if (!fits) throw altered("TIMESTAMP_USAGE", `the certificate of "${subject}" is not for timestamps alone`);
}

function checkSignature({ signer, content }: ReadTimestamp, certificate: ReadCertificate): void {
  const { signedAttrs } = signer;
  if (signedAttrs === undefined)
    throw altered("TIMESTAMP_SIGNATURE", "the timestamp has no signed attributes");
  const digest = digestOf(signer.digestAlgorithm.algorithmId);
  if (digest === null) throw unknownAlgorithm(signer.digestAlgorithm.algorithmId);
  if (attributeValue(signer, MESSAGE_DIGEST) !== bytesToHex(digest(content)))
    throw altered("TIMESTAMP_SIGNATURE", "the signature is about other contents");
  if (attributeValue(signer, CONTENT_TYPE) !== TST_INFO)
    throw altered("TIMESTAMP_SIGNATURE", "the signature is about another kind of contents");
  if (!isBound(signedAttrs.attributes, certificate))
    throw altered(
      "TIMESTAMP_BINDING",
      "the signature names another certificate than the one that came along",
    );
  const good = verifyX509Signature(
    {
      bytes: new Uint8Array(signedAttrs.encodedValue),
      signature: new Uint8Array(signer.signature.valueBlock.valueHexView),
      algorithm: signer.signatureAlgorithm.algorithmId,
      digest: signer.digestAlgorithm.algorithmId,
    },
    certificate.certificate.subjectPublicKeyInfo,
  );
  if (good === null) throw unknownAlgorithm(signer.signatureAlgorithm.algorithmId);
  if (!good) throw altered("TIMESTAMP_SIGNATURE", "the signature of the timestamp is not good");
}

/** The one value of an attribute that occurs once, hex or as an object identifier; null otherwise. */
function attributeValue({ signedAttrs }: SignerInfo, type: string): string | null {
  const found = (signedAttrs?.attributes ?? []).filter((attribute) => attribute.type === type);
  const [value, ...more]: unknown[] = found.flatMap(({ values }) => values);
  if (found.length !== 1 || more.length > 0) return null;
  if (value instanceof OctetString) return bytesToHex(new Uint8Array(value.valueBlock.valueHexView));
  return value instanceof ObjectIdentifier ? value.getValue() : null;
}

function unknownAlgorithm(oid: string): EvidenceError {
  return new EvidenceError(
    "TIMESTAMP_ALGORITHM",
    `the timestamp is signed with algorithm ${oid}, which is not taken`,
    "Use an authority that signs with RSA (PKCS #1 v1.5), ECDSA or Ed25519 and SHA-2.",
  );
}
