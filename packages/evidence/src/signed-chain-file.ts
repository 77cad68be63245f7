import { chmod } from "node:fs/promises";
import { type ChainFile, openChain } from "./chain-file.js";
import type { ChainLine } from "./chain.js";
import { EvidenceError } from "./error.js";
import {
  BEGIN_LINE,
  readSignedLines,
  requireOwner,
  type SignedChain,
  type SignedChainKind,
  signedBegin,
  signedBody,
} from "./signed-chain.js";
import type { NotedChain } from "./noted-lines.js";
import { DATED_LINE, type DatedEntry } from "./signed-chain-dates.js";
import { keyBinding, type SignerSeeds } from "./signer-keys.js";

/** What a document kept in a signed chain shows of it: it grows, is dated and closed as the chain is. */
export type DatedChain = Pick<SignedChainFile, "grown" | "keep" | "close">;

export interface OpenSignedChainOptions {
  readonly kind: SignedChainKind;
  /** Commitment of the registration, hex, and the seeds of its owner's keys. */
  readonly registration: string;
  readonly seeds: SignerSeeds;
  readonly clock: () => Date;
}

/** A signed chain that is open for appending; no other process can open it meanwhile. */
export interface SignedChainFile {
  /** What it held on opening. */
  readonly found: SignedChain;
  /** How far it has grown; `entries` is the number of its lines. */
  readonly grown: NotedChain;
  /** Sign a line and append it; resolves when it is on disk. One at a time. */
  append(type: string, entry: unknown): Promise<ChainLine>;
  /** Keep what an authority answered. */
  keep(dated: DatedEntry): Promise<void>;
  close(): Promise<void>;
}

/**
 * Open a signed chain, or begin one, readable by its owner alone. Its signatures are checked.
 *
 * @throws EvidenceError SIGNED_CHAIN_OTHER_REGISTRATION, KEYS_DIFFER, and those of `readSignedChain` and `openChain`
 */
export async function openSignedChain(
  file: string,
  { kind, registration, seeds, clock }: OpenSignedChainOptions,
): Promise<SignedChainFile> {
  let now = clock();
  // The time is part of what is signed, so the line has to get the one that was signed.
  const chain = await openChain(file, { kind, clock: () => now });
  const append = async (type: string, entry: unknown): Promise<ChainLine> => {
    now = clock();
    const line = { index: chain.entries, prev: chain.head, time: now.toISOString(), type, entry };
    return chain.append(type, signedBody(kind, line, seeds.p256));
  };
  const binding = keyBinding(seeds);
  try {
    const lines = [...chain.found];
    if (lines.length === 0) {
      await chmod(file, 0o600);
      lines.push(await append(BEGIN_LINE, signedBegin(kind, registration, binding)));
    }
    const found: SignedChain = { ...readSignedLines(lines, kind), head: chain.head };
    requireOwner(found, { commitment: registration, signer: binding.ed25519 });
    if (found.begin.binding.p256 !== binding.p256)
      throw new EvidenceError(
        "KEYS_DIFFER",
        `the ${kind} chain is signed with another key`,
        "Give the owner key of its registration.",
      );
    return opened(chain, found, append);
  } catch (error) {
    await chain.close();
    throw error;
  }
}

function opened(chain: ChainFile, found: SignedChain, append: SignedChainFile["append"]): SignedChainFile {
  return {
    found,
    get grown() {
      return { entries: chain.entries, head: chain.head };
    },
    append,
    async keep(dated) {
      await append(DATED_LINE, dated);
    },
    close: () => chain.close(),
  };
}
