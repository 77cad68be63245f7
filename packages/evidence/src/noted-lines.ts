import { z } from "zod";
import type { ChainKind, ChainLine } from "./chain.js";
import { EvidenceError } from "./error.js";
import { hex32 } from "./scalars.js";

/** How far a chain had grown when the registration's chain took note of it. */
export interface NotedChain {
  readonly entries: number;
  /** Hash of the last of these lines, hex. */
  readonly head: string;
}

const schema: z.ZodType<NotedChain> = z.looseObject({
  entries: z.int().min(1),
  head: hex32,
});

/** Chains of which the registration's chain notes how far they have grown, under their own names. */
type NotedKind = Extract<ChainKind, "secrets" | "terms" | "acceptances">;

/**
 * Hold a chain against what the registration's chain noted of it: every note has to fit. Lines after the last note may be
 * there, where a crash came between, or somebody else writes the chain.
 *
 * @param hashes of its lines, hex, by index
 * @param noted lines of the registration's chain
 * @returns the number of notes
 * @throws EvidenceError NOTED_CHAIN_CUT
 */
export function requireNotedLines(
  kind: NotedKind,
  hashes: readonly string[],
  noted: readonly ChainLine[],
): number {
  const notes = noted.filter(({ type }) => type === kind).map(({ body }) => schema.safeParse(body));
  const whole = notes.every(({ data }) => data !== undefined && hashes[data.entries - 1] === data.head);
  if (whole) return notes.length;
  throw new EvidenceError(
    "NOTED_CHAIN_CUT",
    `the ${kind} chain is not the one that the registration's chain took note of`,
    "Restore it from a backup: lines are missing, or it was begun anew.",
  );
}
