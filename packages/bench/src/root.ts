import path from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout; this file lies three folders below it, built or not. */
export const ROOT: string = fileURLToPath(new URL("../../../", import.meta.url));

/** A path in the checkout. */
export function rootPath(...parts: readonly string[]): string {
  return path.join(ROOT, ...parts);
}
