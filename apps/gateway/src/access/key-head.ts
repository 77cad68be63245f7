import type { ChainLine } from "@indicia/evidence/chain";
import { PRIVATE_FILE, writeDurably } from "@indicia/evidence/durable-file";
import { readIfThere } from "@indicia/evidence/query-index-file";
import { z } from "zod";
import { GatewayError } from "../error.js";

/** The last line of a file of keys as somebody saw it. */
export interface KeyHead {
  /** Lines so far. */
  readonly lines: number;
  /** Hash of the last of them, hex. */
  readonly head: string;
}

const headSchema: z.ZodType<KeyHead> = z.strictObject({
  lines: z.int().min(1),
  head: z.string().regex(/^[0-9a-f]{64}$/),
});

/** File beside a file of keys that says how far it went: a chain alone does not show that its last lines are gone. */
export function headFile(file: string): string {
  return `${file}.head`;
}

/** How far the file was seen to go, or null where nobody noted it yet. @throws GatewayError KEYS_HEAD_MALFORMED */
export async function readKeyHead(file: string): Promise<KeyHead | null> {
  const bytes = await readIfThere(headFile(file));
  if (bytes === null) return null;
  try {
    return headSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch (cause) {
    throw new GatewayError(
      "KEYS_HEAD_MALFORMED",
      `${headFile(file)} does not say how far the file of keys went`,
      `Restore it from a copy; or, once \`key list --keys ${file}\` shows what you expect, revocations among it, remove it: it is written anew.`,
      { cause },
    );
  }
}

/** Note how far a file goes; on disk when this resolves. */
export async function writeKeyHead(file: string, head: KeyHead): Promise<void> {
  await writeDurably(headFile(file), new TextEncoder().encode(`${JSON.stringify(head)}\n`), PRIVATE_FILE);
}

/** How far lines go; null for none. */
export function headOf(lines: readonly Pick<ChainLine, "index" | "hash">[]): KeyHead | null {
  const last = lines.at(-1);
  return last === undefined ? null : { lines: last.index + 1, head: last.hash };
}

/**
 * A file of keys only ever grows: what was seen of it has to be there still, or a revocation could be taken back unseen.
 *
 * @throws GatewayError KEYS_CUT, KEYS_FORKED
 */
export function requireHead(
  file: string,
  lines: readonly Pick<ChainLine, "index" | "hash">[],
  seen: KeyHead | null,
): void {
  if (seen === null || lines[seen.lines - 1]?.hash === seen.head) return;
  const cut = lines.length < seen.lines;
  throw new GatewayError(
    cut ? "KEYS_CUT" : "KEYS_FORKED",
    cut
      ? `${file} has ${lines.length} lines, and had ${seen.lines}: keys that were revoked in the others would be valid again`
      : `line ${seen.lines - 1} of ${file} is not the one that was there: the file was replaced or rewritten`,
    `Restore the file from a copy that goes on from there. If it was changed on purpose, stop the gateway, look through \`key list\`, remove ${headFile(file)}, and revoke again what has to be.`,
  );
}
