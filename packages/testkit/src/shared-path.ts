import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of models and data made elsewhere, beside the checkout. */
const SHARED: string = fileURLToPath(new URL("../../../../shared/", import.meta.url));

/** Path of a file in the shared folder, for example `sharedPath("models", "dtln_1.onnx")`. */
export function sharedPath(...parts: readonly string[]): string {
  return SHARED + parts.join("/");
}

/**
 * True where tests that need the shared folder are to be skipped, `describe.skipIf(sharedMissing)`: it is not there
 * and this is no CI. In CI they run, and fail, without it.
 */
export const sharedMissing: boolean = !existsSync(SHARED) && process.env["CI"] !== "true";
