import { Integer, OctetString } from "asn1js";
import { AlgorithmIdentifier, MessageImprint, TimeStampReq } from "pkijs";

export const SHA_256 = "2.16.840.1.101.3.4.2.1";

export interface TimestampQuestion {
  /** SHA-256 of what is to be dated, 32 bytes. */
  readonly imprint: Uint8Array;
  /** Random bytes that the answer repeats; the first one's highest bit is ignored. */
  readonly nonce: Uint8Array;
  /** Policy under which to date, as an object identifier; null for the authority's own. */
  readonly policy?: string | null;
}

/** The number that a nonce stands for: positive, with no leading zero byte, as DER writes it. */
export function nonceBytes(nonce: Uint8Array): Uint8Array {
  const bytes = nonce.slice();
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

/** A request for a timestamp (RFC 3161, section 2.4.1), DER, which asks for the authority's certificate too. */
export function timestampRequest({ imprint, nonce, policy }: TimestampQuestion): Uint8Array {
  const request = new TimeStampReq({
    version: 1,
    messageImprint: new MessageImprint({
      hashAlgorithm: new AlgorithmIdentifier({ algorithmId: SHA_256 }),
      hashedMessage: new OctetString({ valueHex: imprint.slice() }),
    }),
    nonce: new Integer({ valueHex: nonceBytes(nonce) }),
    certReq: true,
    ...(policy == null ? {} : { reqPolicy: policy }),
  });
  return new Uint8Array(request.toSchema().toBER());
}
