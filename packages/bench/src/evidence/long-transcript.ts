import { readFile } from "node:fs/promises";
import path from "node:path";
import { canonicalBytes, parseCanonical, sha256Hex } from "@indicia/evidence/canonical";
import { type ChainLine, chainLineBytes, chainLines } from "@indicia/evidence/chain";
import { writeDurably } from "@indicia/evidence/durable-file";
import type { ObservationFile } from "@indicia/evidence/observation-format";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { createMerkleAccumulator, leafHash } from "@indicia/evidence/merkle";
import { sealBytes } from "@indicia/evidence/seal";

/**
 * Let an observation have asked everything again and again, with the same answers, until its transcript holds so many
 * exchanges; what it found stays the same, since the last answer of each probe counts.
 *
 * @param folder an observation of which no exchange was lost
 */
export async function lengthenTranscript(folder: string, exchanges: number): Promise<void> {
  const at = (name: string): string => path.join(folder, name);
  const lines = [
    ...chainLines(await readFile(at("transcript.jsonl")), { kind: "transcript", sha256: nativeSha256 }),
  ];
  const more = repeated(lines, exchanges);
  await writeDurably(at("transcript.jsonl"), Buffer.concat(more.pieces));
  const stated = parseCanonical(await readFile(at("observation.json"))) as ObservationFile;
  const transcript = { entries: more.entries, root: more.root };
  const observation = canonicalBytes({ ...stated, transcript });
  await writeDurably(at("observation.json"), observation);
  await writeDurably(at("seal.json"), sealBytes({ observation: sha256Hex(observation), transcript }));
}

function repeated(
  lines: readonly ChainLine[],
  exchanges: number,
): { pieces: Uint8Array[]; entries: number; root: string } {
  const answers = new Map(
    lines.flatMap(({ type, body }) =>
      type === "answer" ? [[(body as { intent: number }).intent, body as object]] : [],
    ),
  );
  const pairs = lines.flatMap(({ type, index, body, time }) =>
    type === "intent" ? [{ time, asked: body, answered: answers.get(index) ?? {} }] : [],
  );
  const tree = createMerkleAccumulator(nativeSha256);
  const pieces: Uint8Array[] = [];
  let prev = "";
  const add = (bytes: Uint8Array): void => {
    tree.append(leafHash(bytes, nativeSha256));
    prev = sha256Hex(bytes, nativeSha256);
    pieces.push(bytes, NEWLINE);
  };
  for (const { bytes } of lines) add(bytes);
  for (let done = pairs.length; done < exchanges; done++) {
    const { time, asked, answered } = pairs[done % pairs.length] ?? { time: "", asked: {}, answered: {} };
    const intent = tree.size;
    add(chainLineBytes({ index: intent, prev, time, type: "intent", body: asked }));
    add(chainLineBytes({ index: intent + 1, prev, time, type: "answer", body: { ...answered, intent } }));
  }
  return { pieces, entries: tree.size, root: Buffer.from(tree.root()).toString("hex") };
}

const NEWLINE: Uint8Array = Uint8Array.of(0x0a);
