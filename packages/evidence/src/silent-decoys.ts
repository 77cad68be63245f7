import type { ConclusionFile } from "./conclusion-format.js";

/**
 * Whether every decoy key gave T = 0: then the residual is zero or empty, and there was nothing that any key could have been
 * compared with. Decoys of any other residual are spread.
 */
export function nothingToTest({ decoyKeys, decoySdT, decoyMaxT }: ConclusionFile["controls"]): boolean {
  return decoyKeys > 0 && decoySdT === 0 && decoyMaxT === 0;
}

/** What is said then in the place of the decoys' mean and spread. */
export const NOTHING_TO_TEST = "nothing to test: the suspect shows no difference";
