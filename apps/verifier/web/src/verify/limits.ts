/** Largest file that is verified in a browser, whose tabs have a few gigabytes for everything unpacked. */
export const MAX_EVIDENCE_BYTES: number = 256 * 2 ** 20;
