import { CoreError } from "@indicia/core/error";
import type { Registration } from "@indicia/core/registration";

/** The part of a registration that names the unmarked model. */
interface Referring {
  readonly file: Pick<Registration["file"], "reference">;
}

/** @throws CoreError WRONG_REFERENCE where a model is not the one that was registered */
export function requireReference(registration: Referring, sha256: string): void {
  if (sha256 !== registration.file.reference.sha256) throw notRegistered();
}

/** As {@link requireReference}, external data and all. @throws CoreError WRONG_REFERENCE */
export function requireReferenceFiles(
  registration: Referring,
  { sha256, externalFiles }: Referring["file"]["reference"],
): void {
  requireReference(registration, sha256);
  const registered = new Map(
    registration.file.reference.externalFiles.map((file) => [file.name, file.sha256]),
  );
  if (externalFiles.some((file) => file.sha256 !== registered.get(file.name))) throw notRegistered();
}

function notRegistered(): CoreError {
  return new CoreError(
    "WRONG_REFERENCE",
    "this model is not the one that was registered",
    "Give the unmarked model whose SHA-256 registration.json names.",
  );
}
