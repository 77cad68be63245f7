import { nativeSha256 } from "@indicia/evidence/hash-file";
import { readTranscript, type Transcript } from "@indicia/evidence/transcript";
import { readZip, unpackEntry } from "@indicia/evidence/zip-read";
import { BenchError } from "../error.js";
import type { Verifier } from "./service.js";

/** The transcript of an investigation that is sealed, its chain, its hashes and the ends of its exchanges checked. */
export async function exportedTranscript(verifier: Verifier, id: string): Promise<Transcript> {
  const answer = await verifier.call(`/investigations/${id}/observation`);
  const entry = readZip(new Uint8Array(await answer.arrayBuffer())).find(
    ({ name }) => name === "transcript.jsonl",
  );
  if (entry === undefined)
    throw new BenchError("COMMAND_FAILED", "there is no transcript in the export", "Look into it.");
  return readTranscript(unpackEntry(entry), { sha256: nativeSha256 });
}
