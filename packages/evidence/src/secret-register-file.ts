import {
  checkedEntry,
  type LooseEntry,
  readSecretEntries,
  requireEntries,
  type SecretEntry,
} from "./secret-register.js";
import { type DatedChain, type OpenSignedChainOptions, openSignedChain } from "./signed-chain-file.js";

/** A register that is open for appending. */
export interface SecretRegisterFile extends DatedChain {
  /** What it holds, with what was added since it was opened. */
  readonly entries: readonly SecretEntry[];
  /**
   * Enter all, or, where one of them is malformed or refers to nothing, none. Resolves when they are on disk.
   *
   * @throws EvidenceError SECRET_MALFORMED, SECRET_REFERENCE
   */
  add(given: readonly LooseEntry[]): Promise<readonly SecretEntry[]>;
}

/**
 * Open a register of trade secrets, or begin one.
 *
 * @throws EvidenceError those of `readSecretRegister` and `openSignedChain`
 */
export async function openSecretRegister(
  file: string,
  options: Omit<OpenSignedChainOptions, "kind">,
): Promise<SecretRegisterFile> {
  const chain = await openSignedChain(file, { ...options, kind: "secrets" });
  try {
    const entries = readSecretEntries(chain.found);
    return {
      get entries() {
        return entries;
      },
      get grown() {
        return chain.grown;
      },
      async add(given) {
        requireEntries(given, chain.grown.entries, entries);
        const added: SecretEntry[] = [];
        for (const { type, entry } of given) {
          const line = await chain.append(type, entry);
          const { index, time, hash } = line;
          added.push(checkedEntry([...entries, ...added], { index, time, type, hash, entry }));
        }
        entries.push(...added);
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
