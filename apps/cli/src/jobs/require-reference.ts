import { CoreError } from "@indicia/core/error";
import type { Registration } from "@indicia/core/registration";

/** @throws CoreError WRONG_REFERENCE where a model is not the one that was registered */
export function requireReference(registration: Registration, sha256: string): void {
  if (sha256 === registration.file.reference.sha256) return;
  throw new CoreError(
    "WRONG_REFERENCE",
    "this model is not the one that was registered",
    "Give the unmarked model whose SHA-256 registration.json names.",
  );
}
