import { sha256Hex } from "./canonical.js";
import { nativeSha256 } from "./hash-file.js";
import { type DatedChain, type OpenSignedChainOptions, openSignedChain } from "./signed-chain-file.js";
import { checkedTerms, readVersions, TERMS_LINE, type TermsEntry, type TermsVersion } from "./terms.js";

/** Versions of terms, open for appending. */
export interface TermsFile extends DatedChain {
  /** @throws EvidenceError TERMS_MALFORMED, TERMS_DUPLICATE */
  add(given: Omit<TermsEntry, "sha256">): Promise<TermsVersion>;
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
        return chain.grown;
      },
      async add(given) {
        const sha256 = sha256Hex(new TextEncoder().encode(given.text), nativeSha256);
        const entry = checkedTerms({ ...given, sha256 }, versions, nativeSha256);
        const { index, time } = await chain.append(TERMS_LINE, entry);
        const added = { index, time, ...entry };
        versions.push(added);
        return added;
      },
      keep: (dated) => chain.keep(dated),
      close: () => chain.close(),
    };
  } catch (error) {
    await chain.close();
    throw error;
  }
}
