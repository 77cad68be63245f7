import path from "node:path";

/** Folder of the checkout. */
export const root = path.dirname(import.meta.dirname);
