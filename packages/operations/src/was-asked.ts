import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { OBSERVATION_FILES } from "@indicia/core/observation-folder";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { readTranscript } from "@indicia/evidence/transcript";

/** Whether an observation holds probes that were spent. One that cannot be read is better kept. */
export function wasAsked(folder: string): boolean {
  const file = path.join(folder, OBSERVATION_FILES.transcript);
  if (!existsSync(file)) return false;
  try {
    const { exchanges } = readTranscript(readFileSync(file), { sha256: nativeSha256 });
    return exchanges.some(({ request }) => request.probes.length > 0);
  } catch {
    return true;
  }
}
