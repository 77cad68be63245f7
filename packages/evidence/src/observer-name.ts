/** Longest name of a party who observes, in characters. */
export const MAX_NAME = 200;
