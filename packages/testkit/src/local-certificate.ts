import type { webcrypto } from "node:crypto";
import { BitString, Integer, PrintableString } from "asn1js";
import {
  AttributeTypeAndValue,
  BasicConstraints,
  Certificate,
  Extension,
  ExtKeyUsage,
  RelativeDistinguishedNames,
  Time,
} from "pkijs";

export type KeyKind = "rsa" | "ecdsa";

const ALGORITHMS: Readonly<Record<KeyKind, webcrypto.RsaHashedKeyGenParams | webcrypto.EcKeyGenParams>> = {
  rsa: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  ecdsa: { name: "ECDSA", namedCurve: "P-256" },
};

export interface IssuedCertificate {
  readonly certificate: Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly pem: string;
}

export interface CertificateRequest {
  readonly name: string;
  readonly kind: KeyKind;
  readonly valid: readonly [from: Date, to: Date];
  /** Null for a root, which signs itself. */
  readonly issuer: IssuedCertificate | null;
  /** Extended key usage, or null for an authority that issues certificates. */
  readonly usage: { readonly purposes: readonly string[]; readonly critical: boolean } | null;
}

/** A certificate with a new key. */
export async function issueCertificate(request: CertificateRequest): Promise<IssuedCertificate> {
  const keys = await newKeys(request.kind);
  const subject = named(request.name);
  const certificate = new Certificate({
    version: 2,
    serialNumber: new Integer({ valueHex: serialNumber() }),
    subject,
    issuer: request.issuer?.certificate.subject ?? subject,
    notBefore: new Time({ value: request.valid[0] }),
    notAfter: new Time({ value: request.valid[1] }),
    extensions: extensionsOf(request.usage),
  });
  await certificate.subjectPublicKeyInfo.importKey(keys.publicKey);
  await certificate.sign((request.issuer?.keys ?? keys).privateKey, "SHA-256");
  const base64 = Buffer.from(certificate.toSchema(true).toBER()).toString("base64");
  const lines = base64.match(/.{1,64}/g)?.join("\n") ?? "";
  const pem = `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
  return { certificate: Certificate.fromBER(Buffer.from(base64, "base64")), keys, pem };
}

function newKeys(kind: KeyKind): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHMS[kind], true, ["sign", "verify"]);
}

function named(name: string): RelativeDistinguishedNames {
  const value = new PrintableString({ value: name });
  return new RelativeDistinguishedNames({
    typesAndValues: [new AttributeTypeAndValue({ type: "2.5.4.3", value })],
  });
}

/** Positive, and without a leading zero byte. */
function serialNumber(): Uint8Array {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

function extensionsOf(usage: CertificateRequest["usage"]): Extension[] {
  const extension = (extnID: string, critical: boolean, value: ArrayBuffer): Extension =>
    new Extension({ extnID, critical, extnValue: value });
  // keyCertSign and cRLSign for who issues; digitalSignature for who dates.
  const bits = usage === null ? 0x06 : 0x80;
  const keyUsage = new BitString({ valueHex: Uint8Array.of(bits), unusedBits: usage === null ? 1 : 7 });
  return [
    extension("2.5.29.15", true, keyUsage.toBER()),
    ...(usage === null
      ? [extension("2.5.29.19", true, new BasicConstraints({ cA: true }).toSchema().toBER())]
      : [
          extension(
            "2.5.29.37",
            usage.critical,
            new ExtKeyUsage({ keyPurposes: [...usage.purposes] }).toSchema().toBER(),
          ),
        ]),
  ];
}
