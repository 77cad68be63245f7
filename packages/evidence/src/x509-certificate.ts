import { bytesToHex } from "@noble/hashes/utils.js";
import { fromBER } from "asn1js";
import { Certificate } from "pkijs";
import { fromBase64 } from "./base64.js";
import { portableSha256, sha256Hex } from "./canonical.js";
import { EvidenceError } from "./error.js";

/** Longest certificate, and longest file of them, in bytes. */
const MAX_CERTIFICATE_BYTES: number = 64 * 2 ** 10;
const MAX_PEM_BYTES: number = 2 ** 22;

/** Short names of what stands in distinguished names (RFC 4519); others are shown by their identifier. */
const NAMES: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.6": "C",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
};

/** A certificate with the bytes that hashes and signatures are about. */
export interface ReadCertificate {
  readonly certificate: Certificate;
  readonly der: Uint8Array;
  /** SHA-256 of `der`, hex. */
  readonly sha256: string;
  /** For people. */
  readonly subject: string;
}

/** @throws EvidenceError CERTIFICATE_MALFORMED */
export function readCertificate(der: Uint8Array): ReadCertificate {
  try {
    if (der.length > MAX_CERTIFICATE_BYTES) throw new RangeError("it is too long");
    const { result, offset } = fromBER(der);
    if (offset !== der.length) throw new RangeError("bytes follow it");
    return describe(new Certificate({ schema: result }), der);
  } catch (cause) {
    throw malformed("a certificate cannot be read", cause);
  }
}

/** A certificate that was found inside something larger. */
export function foundCertificate(certificate: Certificate): ReadCertificate {
  return describe(certificate, new Uint8Array(certificate.toSchema().toBER()));
}

/**
 * Certificates of a PEM file (RFC 7468); text between them is for people.
 *
 * @throws EvidenceError CERTIFICATE_MALFORMED, also where there is none
 */
export function certificatesOfPem(text: string): ReadCertificate[] {
  if (text.length > MAX_PEM_BYTES) throw malformed("the file of certificates is too long");
  const found = [
    ...text.matchAll(/-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END CERTIFICATE-----/g),
  ];
  if (found.length === 0) throw malformed("there is no PEM certificate");
  return found.map(([, body = ""]) => readCertificate(base64Of(body)));
}

function base64Of(body: string): Uint8Array {
  try {
    return fromBase64(body.replaceAll(/\s/g, ""));
  } catch (cause) {
    throw malformed("a PEM certificate is not base64", cause);
  }
}

function describe(certificate: Certificate, der: Uint8Array): ReadCertificate {
  const parts = certificate.subject.typesAndValues.map(
    ({ type, value }) => `${NAMES[type] ?? type}=${value.valueBlock.value}`,
  );
  return { certificate, der, sha256: sha256Hex(der, portableSha256), subject: parts.join(", ") };
}

/** The encoded name, by which issuer and subject are matched. */
export function nameBytes(name: Certificate["subject"]): string {
  return bytesToHex(new Uint8Array(name.toSchema().toBER()));
}

function malformed(message: string, cause?: unknown): EvidenceError {
  return new EvidenceError("CERTIFICATE_MALFORMED", message, "Give certificates as PEM.", { cause });
}
