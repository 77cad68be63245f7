import { codeHash } from "./code-hash.js";
import type { Codes } from "./plan-marked.js";
import { makeAll } from "./queue.js";
import type { Artefact } from "./recipe.js";
import { cacheFolder, openStore } from "./store.js";
import { openWorkers } from "./workers.js";

/** Processes that make artefacts side by side. */
const WORKERS = 2;

/**
 * Make artefacts with processes of their own, and keep them in the cache.
 *
 * @returns folders by name
 * @throws BenchError ARTEFACT_FAILED
 */
export async function makeEverything(
  plan: (codes: Codes) => readonly Artefact[],
  say: (line: string) => void,
): Promise<Map<string, string>> {
  const artefacts = plan({ core: await codeHash(["proof", "evidence", "core"]) });
  const workers = openWorkers(WORKERS);
  try {
    return await makeAll({
      artefacts,
      store: openStore(cacheFolder()),
      workers: WORKERS,
      make: workers.make,
      say,
    });
  } finally {
    workers.close();
  }
}
