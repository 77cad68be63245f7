import { fromBER, Integer, ObjectIdentifier, OctetString, Sequence, Utf8String } from "asn1js";
import {
  Accuracy,
  AlgorithmIdentifier,
  Attribute,
  type Certificate,
  ContentInfo,
  EncapsulatedContentInfo,
  IssuerAndSerialNumber,
  PKIStatus,
  PKIStatusInfo,
  SignedAndUnsignedAttributes,
  SignedData,
  SignerInfo,
  TimeStampReq,
  TimeStampResp,
  TSTInfo,
} from "pkijs";
import { issueCertificate, type IssuedCertificate, type KeyKind } from "./local-certificate.js";

const SHA_256 = "2.16.840.1.101.3.4.2.1";
const TST_INFO = "1.2.840.113549.1.9.16.1.4";
/** The policy of this authority, under an arc that RFC 5612 keeps for examples. */
export const LOCAL_POLICY = "1.3.6.1.4.1.32473.1";

export interface LocalAuthorityOptions {
  readonly name?: string;
  readonly kind?: KeyKind;
  /** Since when and until when its certificates are valid. */
  readonly valid?: readonly [from: Date, to: Date];
  /** Extended key usage of the signing certificate, and whether it is critical; what RFC 3161 asks for unless told. */
  readonly usage?: { readonly purposes: readonly string[]; readonly critical: boolean };
  /** Another authority whose certificate the signature names in place of its own. */
  readonly binding?: LocalAuthority;
}

/** An RFC 3161 authority in this process, whose clock is the caller's. */
export interface LocalAuthority {
  readonly rootPem: string;
  readonly signer: IssuedCertificate;
  /** @param request DER of TimeStampReq @returns DER of TimeStampResp */
  readonly answer: (request: Uint8Array, time: Date) => Promise<Uint8Array>;
}

/** Certificates that hold for the times of tests. */
const VALID: readonly [Date, Date] = [new Date("2020-01-01T00:00:00Z"), new Date("2040-01-01T00:00:00Z")];
const TIME_STAMPING = "1.3.6.1.5.5.7.3.8";

export async function localAuthority(options: LocalAuthorityOptions = {}): Promise<LocalAuthority> {
  const { name = "Local Timestamps", kind = "rsa", valid = VALID } = options;
  const usage = options.usage ?? { purposes: [TIME_STAMPING], critical: true };
  const root = await issueCertificate({ name: `${name} Root`, kind, valid, issuer: null, usage: null });
  const signer = await issueCertificate({ name, kind, valid, issuer: root, usage });
  const bound = (options.binding?.signer ?? signer).certificate;
  let serial = 0;
  return {
    rootPem: root.pem,
    signer,
    async answer(request, time) {
      serial += 1;
      const asked = TimeStampReq.fromBER(request.slice());
      const response =
        asked.messageImprint.hashAlgorithm.algorithmId === SHA_256
          ? granted(await token(asked, { time, serial, signer, bound }))
          : refused("only SHA-256 is dated here");
      return new Uint8Array(response.toSchema().toBER());
    },
  };
}

function granted(signed: SignedData): TimeStampResp {
  return new TimeStampResp({
    status: new PKIStatusInfo({ status: PKIStatus.granted }),
    timeStampToken: new ContentInfo({
      contentType: "1.2.840.113549.1.7.2",
      content: signed.toSchema(true),
    }),
  });
}

function refused(reason: string): TimeStampResp {
  const statusStrings = [new Utf8String({ value: reason })];
  return new TimeStampResp({ status: new PKIStatusInfo({ status: PKIStatus.rejection, statusStrings }) });
}

interface Signing {
  readonly time: Date;
  readonly serial: number;
  readonly signer: IssuedCertificate;
  /** The certificate that the signed attributes name. */
  readonly bound: Certificate;
}

async function token(asked: TimeStampReq, { time, serial, signer, bound }: Signing): Promise<SignedData> {
  const { messageImprint, nonce, reqPolicy = LOCAL_POLICY } = asked;
  const info = new TSTInfo({
    version: 1,
    policy: reqPolicy,
    messageImprint,
    serialNumber: new Integer({ value: serial }),
    // Seconds: fractions are allowed, and not every reader takes them.
    genTime: new Date(Math.floor(time.getTime() / 1000) * 1000),
    accuracy: new Accuracy({ seconds: 1 }),
    ...(nonce === undefined ? {} : { nonce }),
  });
  const content = new Uint8Array(info.toSchema().toBER());
  const { certificate, keys } = signer;
  const attribute = (type: string, value: unknown): Attribute => new Attribute({ type, values: [value] });
  const signed = new SignedData({
    version: 3,
    encapContentInfo: new EncapsulatedContentInfo({
      eContentType: TST_INFO,
      eContent: new OctetString({ valueHex: content }),
    }),
    certificates: [certificate],
    signerInfos: [
      new SignerInfo({
        version: 1,
        sid: new IssuerAndSerialNumber({
          issuer: certificate.issuer,
          serialNumber: certificate.serialNumber,
        }),
        digestAlgorithm: new AlgorithmIdentifier({ algorithmId: SHA_256 }),
        signedAttrs: new SignedAndUnsignedAttributes({
          type: 0,
          attributes: [
            attribute("1.2.840.113549.1.9.3", new ObjectIdentifier({ value: TST_INFO })),
            attribute("1.2.840.113549.1.9.4", new OctetString({ valueHex: await digest(content) })),
            attribute("1.2.840.113549.1.9.16.2.47", await signingCertificate(bound)),
          ],
        }),
      }),
    ],
  });
  await signed.sign(keys.privateKey, 0, "SHA-256");
  // What was signed is read back once, so that tests get what a reader gets.
  return new SignedData({ schema: fromBER(signed.toSchema(true).toBER()).result });
}

/** SigningCertificateV2 with its default digest (RFC 5035, section 3). */
async function signingCertificate(certificate: Certificate): Promise<Sequence> {
  const hash = new OctetString({
    valueHex: await digest(new Uint8Array(certificate.toSchema().toBER())),
  });
  const named = new Sequence({ value: [hash] });
  return new Sequence({ value: [new Sequence({ value: [named] })] });
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
