import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { REGISTRATION_FILES } from "@indicia/core/registration-folder";
import { completeLength, readChain } from "@indicia/evidence/chain";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { observationPlaces } from "@indicia/evidence/observation-places";

/** Counts by the chain's path, each with the file as it was when it was counted. */
export type CountedObservations = (registrationFolder: string) => Promise<number>;

/** Chains whose count is remembered. */
const MOST_REMEMBERED = 10_000;

/**
 * A function that says how many observations a registration's chain counts, without holding the chain. A chain is read
 * again only once it has grown.
 */
export function createCounter(): CountedObservations {
  const known = new Map<string, { readonly state: string; readonly count: number }>();
  return async (folder) => {
    const file = path.join(folder, REGISTRATION_FILES.chain);
    const found = await stat(file).catch(() => null);
    if (found === null) return 0;
    const state = `${found.size}/${found.mtimeMs}`;
    const before = known.get(file);
    if (before?.state === state) return before.count;
    const bytes = await readFile(file);
    // A line that is being written is none yet.
    const complete = bytes.subarray(0, completeLength(bytes));
    const { lines } = readChain(complete, { kind: "registration", sha256: nativeSha256 });
    const count = observationPlaces(lines).length;
    if (known.size >= MOST_REMEMBERED) known.clear();
    known.set(file, { state, count });
    return count;
  };
}
