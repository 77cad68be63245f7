import { sha1 } from "@noble/hashes/legacy.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { type BaseBlock, ObjectIdentifier, OctetString, Sequence } from "asn1js";
import type { Attribute } from "pkijs";
import { SHA_256 } from "./timestamp-request.js";
import type { ReadCertificate } from "./x509-certificate.js";
import { digestOf } from "./x509-signature.js";

const SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.12";
const SIGNING_CERTIFICATE_V2 = "1.2.840.113549.1.9.16.2.47";

/**
 * Whether signed attributes name this certificate as the signer's: SigningCertificateV2 (RFC 5035) where there is one,
 * else SigningCertificate with its SHA-1 (RFC 2634). Without the binding a token could be passed off as that of another
 * certificate with the same key.
 */
export function isBound(attributes: readonly Attribute[], { der }: ReadCertificate): boolean {
  const second = firstOf(attributes, SIGNING_CERTIFICATE_V2);
  if (second !== null) {
    const [head, next] = second;
    const named = head instanceof Sequence ? head.valueBlock.value[0] : undefined;
    const digest = digestOf(named instanceof ObjectIdentifier ? named.getValue() : SHA_256);
    const hash = head instanceof OctetString ? head : next;
    return digest !== null && hash instanceof OctetString && equals(hash, digest(der));
  }
  const [hash] = firstOf(attributes, SIGNING_CERTIFICATE) ?? [];
  return hash instanceof OctetString && equals(hash, sha1(der));
}

/** Fields of the first certificate that the attribute lists: the signer's; null without such an attribute. */
function firstOf(attributes: readonly Attribute[], type: string): readonly BaseBlock[] | null {
  const found = attributes.filter((attribute) => attribute.type === type);
  if (found.length !== 1) return found.length === 0 ? null : [];
  const value: unknown = found[0]?.values[0];
  const list = value instanceof Sequence ? value.valueBlock.value[0] : undefined;
  const first = list instanceof Sequence ? list.valueBlock.value[0] : undefined;
  return first instanceof Sequence ? first.valueBlock.value : [];
}

function equals(hash: OctetString, digest: Uint8Array): boolean {
  return bytesToHex(new Uint8Array(hash.valueBlock.valueHexView)) === bytesToHex(digest);
}
