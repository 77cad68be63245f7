import { utf8ToBytes } from "@noble/hashes/utils.js";
import { sha256Hex } from "../canonical.js";
import { type ChainKind, chainLineBytes, chainStart } from "../chain.js";
import { SAMPLE_TIME } from "./sample-facts.js";

/** A line of a chain before it has its place. */
export interface LooseLine {
  readonly type: string;
  readonly body: unknown;
}

/** The bytes of a chain of these lines. */
export function chainBytes(kind: ChainKind, lines: readonly LooseLine[]): Uint8Array {
  let prev = chainStart(kind);
  const texts = lines.map(({ type, body }, index) => {
    const bytes = chainLineBytes({ index, prev, time: SAMPLE_TIME, type, body });
    prev = sha256Hex(bytes);
    return `${new TextDecoder().decode(bytes)}\n`;
  });
  return utf8ToBytes(texts.join(""));
}
