import { hexToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { fromBase64, toBase64 } from "./base64.js";
import { altered } from "./error.js";
import type { SignedChain } from "./signed-chain.js";
import { type VerifiedTimestamp, verifyTimestamp } from "./timestamp-verify.js";
import { type ReadCertificate, readCertificate } from "./x509-certificate.js";
import { hex32 } from "./scalars.js";

/** Type of the line that keeps what an outside authority answered about a line before it. */
export const DATED_LINE = "timestamp";

/** What a line of an outside clock says. */
export interface DatedEntry {
  readonly authority: string;
  /** Whether whoever asked says that it is a qualified service. */
  readonly qualified: boolean;
  /** Index of the line that was dated, and its hash, hex: with it everything before. */
  readonly of: number;
  readonly sha256: string;
  /** The answer (RFC 3161, TimeStampResp), base64. */
  readonly token: string;
  /** Certificates to which the authority was found to lead, DER in base64; none where nothing was given. */
  readonly roots: string[];
}

const schema: z.ZodType<DatedEntry> = z.strictObject({
  authority: z.string().max(4096),
  qualified: z.boolean(),
  of: z.int().min(0),
  sha256: hex32,
  token: z.string().max(2 ** 19),
  roots: z.array(z.string().max(2 ** 17)).max(256),
});

/** A timestamp that holds, with the line that it dates. */
export interface DatedLine extends VerifiedTimestamp {
  readonly authority: string;
  readonly qualified: boolean;
  /** Index of the line that was dated. */
  readonly of: number;
  /** Whether the root is one that was given to this check, or one that the chain itself keeps. */
  readonly rootFrom: "given" | "kept" | null;
}

/** What is kept of an authority's answer. */
export function datedEntry(
  line: { readonly index: number; readonly hash: string },
  answer: {
    readonly authority: string;
    readonly qualified: boolean;
    readonly token: Uint8Array;
    readonly roots: readonly ReadCertificate[];
  },
): DatedEntry {
  return {
    authority: answer.authority,
    qualified: answer.qualified,
    of: line.index,
    sha256: line.hash,
    token: toBase64(answer.token),
    roots: answer.roots.map(({ der }) => toBase64(der)),
  };
}

/**
 * Every timestamp of a chain, each held against the line that it names, and against the roots that were kept with it or,
 * where some are given, against those.
 *
 * @throws EvidenceError SIGNED_LINE_MALFORMED and all of `verifyTimestamp`
 */
export function datedLines(
  { lines, hashes }: Pick<SignedChain, "lines" | "hashes">,
  given: readonly ReadCertificate[] = [],
): DatedLine[] {
  return lines
    .filter(({ type }) => type === DATED_LINE)
    .map(({ index, entry }) => {
      const parsed = schema.safeParse(entry);
      if (!parsed.success || parsed.data.of >= index)
        throw altered("SIGNED_LINE_MALFORMED", `line ${index} holds no timestamp of a line before it`);
      const { authority, qualified, of, sha256, token, roots: kept } = parsed.data;
      if (hashes[of] !== sha256)
        throw altered("TIMESTAMP_IMPRINT", `line ${index} names a hash that line ${of} does not have`);
      const roots = given.length > 0 ? given : kept.map((der) => readCertificate(fromBase64(der)));
      const found = verifyTimestamp(fromBase64(token), { imprint: hexToBytes(sha256), roots });
      const rootFrom = found.root === null ? null : given.length > 0 ? "given" : "kept";
      return { ...found, authority, qualified, of, rootFrom };
    });
}

/** The earliest outside time at which a line existed: that of a timestamp over it, or over a line after it. */
export function datedBy(dates: readonly DatedLine[], index: number): DatedLine | null {
  const after = dates.filter(({ of }) => of >= index);
  return after.toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))[0] ?? null;
}
