import { codedBit } from "@indicia/proof/carrier";

/** Every 16-bit word of a weight carrier. */
const WORDS = 65_536;

/**
 * What a carrier word does to its weight, in units of eps sigma: V times bit times the factor of its half.
 *
 * @param coded coded payload bits (0: sign kept, 1: turned over), or null for no payload
 * @returns indexed by word
 */
export function markSigns(
  coded: Uint8Array | null,
  factors: { readonly pilot: number; readonly payload: number },
): Float32Array {
  const signs = new Float32Array(WORDS);
  for (let word = 0; word < WORDS; word++) {
    const carrier = word & 1 ? -1 : 1;
    const payload = (word & 2) !== 0;
    const turned = payload && coded !== null && coded[codedBit(word, coded.length)] === 1;
    signs[word] = (turned ? -carrier : carrier) * (payload ? factors.payload : factors.pilot);
  }
  return signs;
}
