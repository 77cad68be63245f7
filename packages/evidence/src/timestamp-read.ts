import { bytesToHex } from "@noble/hashes/utils.js";
import { fromBER, OctetString } from "asn1js";
import { Certificate, SignedData, type SignerInfo, TimeStampResp, TSTInfo } from "pkijs";
import { EvidenceError } from "./error.js";
import { foundCertificate, type ReadCertificate } from "./x509-certificate.js";

/** Longest answer of an authority: tokens with all their certificates have some ten thousand bytes. */
export const MAX_TIMESTAMP_BYTES: number = 2 ** 18;
const SIGNED_DATA = "1.2.840.113549.1.7.2";
/** Content type of what a timestamp signs. */
export const TST_INFO = "1.2.840.113549.1.9.16.1.4";
/** granted and grantedWithMods (RFC 3161, section 2.4.2). */
const GRANTED: ReadonlySet<number> = new Set([0, 1]);

/** What an authority's answer says, with nothing checked yet. */
export interface ReadTimestamp {
  readonly time: Date;
  /** How far the time may be off, milliseconds; null where the authority does not say. */
  readonly accuracyMs: number | null;
  readonly policy: string;
  readonly imprint: { readonly algorithm: string; readonly bytes: Uint8Array };
  /** Hex, as DER has it; null where there is none. */
  readonly nonce: string | null;
  /** Hex. */
  readonly serial: string;
  /** Encoded TSTInfo, which the signed attributes vouch for. */
  readonly content: Uint8Array;
  readonly signer: SignerInfo;
  readonly certificates: readonly ReadCertificate[];
}

/**
 * Read the answer of a timestamp authority (RFC 3161, section 2.4.2).
 *
 * @param bytes DER of TimeStampResp, nothing after it
 * @throws EvidenceError TIMESTAMP_MALFORMED, TIMESTAMP_REFUSED
 */
export function readTimestamp(bytes: Uint8Array): ReadTimestamp {
  const response = parsed(() => {
    if (bytes.length > MAX_TIMESTAMP_BYTES) throw new RangeError("it is too long");
    const { result, offset } = fromBER(bytes);
    if (offset !== bytes.length) throw new RangeError("bytes follow it");
    return new TimeStampResp({ schema: result });
  });
  const { status, statusStrings = [] } = response.status;
  const { timeStampToken } = response;
  if (!GRANTED.has(status) || timeStampToken === undefined) {
    const words = statusStrings.map((text) => text.valueBlock.value).join("; ");
    throw new EvidenceError(
      "TIMESTAMP_REFUSED",
      `the authority refused with status ${status}${words === "" ? "" : `: ${words}`}`,
      "Ask again later, or another authority.",
    );
  }
  return parsed(() => {
    if (timeStampToken.contentType !== SIGNED_DATA) throw new RangeError("it is not signed data");
    return contentsOf(new SignedData({ schema: timeStampToken.content }));
  });
}

function contentsOf(signed: SignedData): ReadTimestamp {
  const { eContentType, eContent } = signed.encapContentInfo;
  if (eContentType !== TST_INFO || eContent === undefined) throw new RangeError("it holds no time");
  const [signer, ...more] = signed.signerInfos;
  if (signer === undefined || more.length > 0) throw new RangeError("it has not exactly one signature");
  const content = new Uint8Array(eContent.getValue());
  const { result, offset } = fromBER(content);
  if (offset !== content.length) throw new RangeError("bytes follow the time");
  const info = new TSTInfo({ schema: result });
  const { hashAlgorithm, hashedMessage } = info.messageImprint;
  if (!(hashedMessage instanceof OctetString) || Number.isNaN(info.genTime.getTime()))
    throw new RangeError("it has no imprint or no time");
  const { accuracy } = info;
  return {
    time: info.genTime,
    accuracyMs:
      accuracy === undefined
        ? null
        : (accuracy.seconds ?? 0) * 1000 + (accuracy.millis ?? 0) + (accuracy.micros ?? 0) / 1000,
    policy: info.policy,
    imprint: {
      algorithm: hashAlgorithm.algorithmId,
      bytes: new Uint8Array(hashedMessage.valueBlock.valueHexView),
    },
    nonce: info.nonce === undefined ? null : bytesToHex(new Uint8Array(info.nonce.valueBlock.valueHexView)),
    serial: bytesToHex(new Uint8Array(info.serialNumber.valueBlock.valueHexView)),
    content,
    signer,
    certificates: (signed.certificates ?? []).flatMap((each) =>
      each instanceof Certificate ? [foundCertificate(each)] : [],
    ),
  };
}

/** Whatever a reader of ASN.1 says to hostile bytes is one failure. */
function parsed<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    if (cause instanceof EvidenceError) throw cause;
    const reason = cause instanceof Error ? `: ${cause.message}` : "";
    throw new EvidenceError(
      "TIMESTAMP_MALFORMED",
      `the timestamp cannot be read${reason}`.slice(0, 300),
      "Check that the address belongs to an RFC 3161 timestamp authority.",
      { cause },
    );
  }
}
