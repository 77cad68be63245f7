import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import { SignatureV4 } from "@smithy/signature-v4";
import type { EncodedRequest } from "./protocol.js";

/** Who signs, and for what (AWS General Reference, "Signature Version 4"). */
export interface AwsSigning {
  readonly region: string;
  readonly service: string;
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly now: () => Date;
  /** Whether the hash of the body is a header of its own; default true. */
  readonly checksum?: boolean;
}

/**
 * Signs requests with Signature Version 4.
 *
 * @returns makes all headers that the signature adds or covers; what it gives holds credentials
 */
export function awsSigner(
  signing: AwsSigning,
): (
  request: Pick<EncodedRequest, "url" | "headers" | "body"> & { readonly method: string },
) => Promise<Record<string, string>> {
  const { region, service, credentials, now, checksum = true } = signing;
  const signer = new SignatureV4({ region, service, credentials, applyChecksum: checksum, sha256: Sha256 });
  return async ({ method, url, headers, body }) => {
    const signed = await signer.sign(
      {
        method,
        protocol: url.protocol,
        hostname: url.hostname,
        path: url.pathname,
        query: queryOf(url),
        headers: { ...headers, host: url.host },
        body,
      },
      { signingDate: now() },
    );
    const { host: _, ...rest } = signed.headers;
    return Object.fromEntries(Object.entries(rest).filter(([name]) => !Object.hasOwn(headers, name)));
  };
}

function queryOf(url: URL): Record<string, string | string[]> {
  const query: Record<string, string | string[]> = {};
  for (const name of new Set(url.searchParams.keys())) {
    const values = url.searchParams.getAll(name);
    query[name] = values.length === 1 ? (values[0] ?? "") : values;
  }
  return query;
}

type Source = string | ArrayBuffer | ArrayBufferView;

/** SHA-256, or its HMAC where there is a secret, in the form that the signer asks for. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: Source) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: Source): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

function bytesOf(source: Source): Uint8Array {
  if (typeof source === "string") return Buffer.from(source, "utf8");
  return source instanceof ArrayBuffer
    ? new Uint8Array(source)
    : new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
}
