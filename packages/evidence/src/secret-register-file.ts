import {
  checkedEntry,
  type LooseEntry,
  readSecretEntries,
  requireEntries,
  type SecretEntry,
} from "./secret-register.js";
import { DATED_LINE, type DatedEntry } from "./signed-chain-dates.js";
import type { NotedChain } from "./noted-lines.js";
import { type OpenSignedChainOptions, openSignedChain } from "./signed-chain-file.js";

/** A register that is open for appending. */
export interface SecretRegisterFile {
  /** What it holds, with what was added since it was opened. */
  readonly entries: readonly SecretEntry[];
  /** How far it has grown; `entries` is the number of its lines. */
  readonly grown: NotedChain;
  /**
   * Enter all, or, where one of them is malformed or refers to nothing, none. Resolves when they are on disk.
   *
   * @throws EvidenceError SECRET_MALFORMED, SECRET_REFERENCE
   */
  add(given: readonly LooseEntry[]): Promise<readonly SecretEntry[]>;
  /** Keep what an authority answered. */
  keep(dated: DatedEntry): Promise<void>;
  close(): Promise<void>;
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
        return { entries: chain.entries, head: chain.head };
      },
      async add(given) {
        requireEntries(given, chain.entries, entries);
        const added: SecretEntry[] = [];
        for (const { type, entry } of given) {
          const line = await chain.append(type, entry);
          const { index, time, hash } = line;
          added.push(checkedEntry([...entries, ...added], { index, time, type, hash, entry }));
        }
        entries.push(...added);
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
