/** Innocents of every examination of answers: the reference with its weights disturbed, by public seeds. */
export const NOISED_INNOCENTS = 2;
/** Their disturbance, as a share of each tensor's root mean square: about what fine-tuning leaves. */
export const INNOCENT_NOISE = 0.01;
/** The stranger's mark: a tilt of this many logits under a pattern that the owner's key has nothing to do with. */
export const STRANGER_STRENGTH = 0.05;

/** What stands in the place of a file's residuals: normal noise, or signs of one size. */
export type FileControl = "reference" | "noise" | "stranger";

/** Public seed of the stranger's pattern. @param commitment of the registration, hex */
export function strangerSeed(commitment: string): string {
  return `indicia/1/control/stranger/${commitment}`;
}

/** Public seed of a disturbed reference. @param number 1 .. NOISED_INNOCENTS */
export function noisedSeed(number: number, commitment: string): string {
  return `indicia/1/control/noise/${number}/${commitment}`;
}

/** Public seed of what stands in the place of a file's residuals. */
export function fileControlSeed(name: FileControl, commitment: string): string {
  return `indicia/1/control/file/${name}/${commitment}`;
}
