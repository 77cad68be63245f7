import { sha256Hex } from "./canonical.js";
import { nativeSha256 } from "./hash-file.js";
import type { NotedChain } from "./noted-lines.js";
import { DATED_LINE, type DatedEntry } from "./signed-chain-dates.js";
import { type OpenSignedChainOptions, openSignedChain } from "./signed-chain-file.js";
import { checkedTerms, readVersions, TERMS_LINE, type TermsEntry, type TermsVersion } from "./terms.js";

/** Versions of terms, open for appending. */
export interface TermsFile {
  /** How far it has grown; `entries` is the number of its lines. */
  readonly grown: NotedChain;
  /** @throws EvidenceError TERMS_MALFORMED, TERMS_DUPLICATE */
  add(given: Omit<TermsEntry, "sha256">): Promise<TermsVersion>;
  /** Keep what an authority answered. */
  keep(dated: DatedEntry): Promise<void>;
  close(): Promise<void>;
}

/**
 * Open the versions of terms, or begin them.
 *
 * @throws EvidenceError those of `readTerms` and `openSignedChain`
 */
export async function openTerms(
  file: string,
  options: Omit<OpenSignedChainOptions, "kind">,
): Promise<TermsFile> {
  const chain = await openSignedChain(file, { ...options, kind: "terms" });
  try {
    const versions = readVersions(chain.found, nativeSha256);
    return {
      get grown() {
        return { entries: chain.entries, head: chain.head };
      },
      async add(given) {
        const sha256 = sha256Hex(new TextEncoder().encode(given.text), nativeSha256);
        const entry = checkedTerms({ ...given, sha256 }, versions, nativeSha256);
        const { index, time } = await chain.append(TERMS_LINE, entry);
        const added = { index, time, ...entry };
        versions.push(added);
        return added;
      },
      async keep(dated) {
        await chain.append(DATED_LINE, dated);
      },
      close: () => chain.close(),
    };
  } catch (error) {
    await chain.close();
    throw error;
  }
}
