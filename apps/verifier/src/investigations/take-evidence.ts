import { readFile, rename } from "node:fs/promises";
import path from "node:path";
import { canonicalBytes, sha256Hex } from "@indicia/evidence/canonical";
import { writeDurably } from "@indicia/evidence/durable-file";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { evidenceVerify } from "@indicia/operations/evidence-verify";
import { VerifierError } from "../error.js";
import type { Task } from "../tasks/task.js";
import { evidenceParts } from "./evidence-parts.js";
import { CONCLUSION_FILE, DECOYS_FILE, EVIDENCE_FILE } from "./folder-names.js";
import type { RunnerEnd } from "./messages.js";

export interface TakeEvidenceInput {
  /** What was sent. */
  readonly file: string;
  /** Of the investigation. */
  readonly folder: string;
  /** Of the observation that it has to be about. */
  readonly seal: string;
  readonly level: number;
}

export type TakenEvidence = Pick<
  Extract<RunnerEnd, { kind: "concluded" }>,
  "verdict" | "T" | "log10P" | "evidence"
>;

/**
 * Keep evidence that the owner made of an observation on a machine of his own, once it verifies.
 *
 * @throws VerifierError UNPROCESSABLE; EvidenceError where it is no bundle
 */
export const takeEvidence: Task<TakeEvidenceInput, TakenEvidence> = async (input, { context, said }) => {
  const { file, folder, seal, level } = input;
  const options = { evidence: file, disclosure: null, timestampRoots: [], models: null };
  const { report } = await evidenceVerify(options, context);
  if (report["verified"] !== true) {
    const failed = said.find((line) => line.startsWith("failed")) ?? "a check failed";
    throw refusal(`the evidence does not verify (${failed.slice(0, 300)})`);
  }
  const bytes = await readFile(file);
  const { conclusion, decoys } = evidenceParts(bytes);
  if (conclusion.observation !== seal) throw refusal("the evidence is about another observation");
  if (conclusion.level !== level)
    throw refusal(`the evidence was concluded at the level ${conclusion.level}`);
  await writeDurably(path.join(folder, CONCLUSION_FILE), canonicalBytes(conclusion));
  await writeDurably(path.join(folder, DECOYS_FILE), canonicalBytes({ counts: decoys }));
  await rename(file, path.join(folder, EVIDENCE_FILE));
  return {
    verdict: conclusion.verdict,
    T: conclusion.witnesses[0]?.T ?? null,
    log10P: conclusion.log10P,
    evidence: { sha256: sha256Hex(bytes, nativeSha256), bytes: bytes.length },
  };
};

function refusal(message: string): VerifierError {
  return new VerifierError(
    "UNPROCESSABLE",
    message,
    "Conclude on the observation of this investigation with `indicia conclude`, at its level.",
  );
}
