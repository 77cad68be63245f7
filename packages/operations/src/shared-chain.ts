import { setTimeout as sleep } from "node:timers/promises";
import type { Registration } from "@indicia/core/registration";
import { openRegistrationChain } from "@indicia/core/registration-folder";
import type { ChainFile } from "@indicia/evidence/chain-file";
import { EvidenceError } from "@indicia/evidence/error";

/** Others hold a registration's chain for milliseconds; whoever holds it longer is stuck. */
const PATIENCE_MS = 60_000;
/** Pauses are drawn, since of two that come at once both withdraw. */
const LONGEST_PAUSE_MS = 250;

/**
 * The chain of a registration under which several examinations run at once: each waits for its turn.
 *
 * @throws as `openRegistrationChain`
 */
export async function sharedChain(
  folder: string,
  registration: Registration,
  clock: () => Date,
): Promise<ChainFile> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await openRegistrationChain(folder, registration, clock);
    } catch (error) {
      const held = error instanceof EvidenceError && error.code === "CHAIN_LOCKED";
      if (!held || performance.now() > end) throw error;
      await sleep(5 + Math.random() * LONGEST_PAUSE_MS);
    }
  }
}
