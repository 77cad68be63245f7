import { randomBytes } from "node:crypto";
import { ANCHOR_FILES, type AnchorDemand, requireEarly } from "@indicia/evidence/anchor";
import { MAX_TIMESTAMP_BYTES } from "@indicia/evidence/timestamp-read";
import { timestampRequest } from "@indicia/evidence/timestamp-request";
import { type VerifiedTimestamp, verifyTimestamp } from "@indicia/evidence/timestamp-verify";
import type { ReadCertificate } from "@indicia/evidence/x509-certificate";
import { createGuardedFetch, type GuardedFetch } from "@indicia/suspects/guarded-fetch";
import { OperationError } from "./error.js";
import type { AuthorityOptions } from "./options.js";

/** Authorities answer in a second or two. */
const TIMEOUT_MS = 30_000;

/** An answer that holds, as it came. */
export interface Dated {
  readonly bytes: Uint8Array;
  readonly found: VerifiedTimestamp;
}

/**
 * Have a commitment dated by every authority at once. One that fails fails all of them: nothing was written yet, and a
 * registration that names an authority needs its timestamp.
 *
 * @param commitment SHA-256 of registration.json, hex
 * @throws OperationError AUTHORITY_FAILED, SuspectError, EvidenceError of `verifyTimestamp`, and TIMESTAMP_LATE
 */
export async function askAuthorities(
  commitment: string,
  demand: AnchorDemand,
  options: AuthorityOptions & { readonly trusted: readonly ReadCertificate[] },
): Promise<Dated[]> {
  const { authorities, allowPrivate } = options;
  const fetch = createGuardedFetch({ allowPrivate, timeoutMs: TIMEOUT_MS, maxBytes: MAX_TIMESTAMP_BYTES });
  try {
    return await Promise.all(
      authorities.map(async ({ url }) => {
        const dated = await askAuthority(fetch, url, Buffer.from(commitment, "hex"), options);
        requireEarly(demand, dated.found, url.href);
        return dated;
      }),
    );
  } finally {
    await fetch.close();
  }
}

async function askAuthority(
  fetch: GuardedFetch,
  url: URL,
  imprint: Uint8Array,
  { policy, trusted }: Pick<AuthorityOptions, "policy"> & { readonly trusted: readonly ReadCertificate[] },
): Promise<Dated> {
  const nonce = randomBytes(16);
  const { status, body } = await fetch({
    method: "POST",
    url,
    headers: { "content-type": "application/timestamp-query", accept: "application/timestamp-reply" },
    body: timestampRequest({ imprint, nonce, policy }),
  });
  if (status !== 200) {
    throw new OperationError(
      "AUTHORITY_FAILED",
      `${url.href} answered with HTTP status ${status}`,
      "Check the address of the timestamp authority, or use another one.",
    );
  }
  return { bytes: body, found: verifyTimestamp(body, { imprint, nonce, policy, roots: trusted }) };
}

/** Files of a registration folder that keep timestamps and roots. */
export function anchorFiles(
  dated: readonly Dated[],
  roots: readonly ReadCertificate[],
): Map<string, Uint8Array> {
  const files = new Map(dated.map(({ bytes }, index) => [ANCHOR_FILES.timestamp(index), bytes]));
  if (roots.length > 0) files.set(ANCHOR_FILES.roots, Buffer.from(roots.map(toPem).join("")));
  return files;
}

function toPem({ der, subject }: ReadCertificate): string {
  const lines = Buffer.from(der)
    .toString("base64")
    .replaceAll(/.{64}(?=.)/g, "$&\n");
  // What stands outside the lines is for people (RFC 7468, section 2), and may not pass for one of them.
  const title = subject.replaceAll(/[^\p{L}\p{N} .,=()]/gu, "");
  return `${title}\n-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
