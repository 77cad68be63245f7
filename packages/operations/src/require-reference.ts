import { CoreError } from "@indicia/core/error";
import type { Registration } from "@indicia/core/registration";

/** The part of a registration that names the unmarked model. */
interface Referring {
  readonly file: Pick<Registration["file"], "reference">;
}

/** Hold a model against the registration, external data and all. @throws CoreError WRONG_REFERENCE */
export function requireReferenceFiles(
  registration: Referring,
  { sha256, externalFiles }: Referring["file"]["reference"],
): void {
  const { reference } = registration.file;
  const registered = new Map(reference.externalFiles.map((file) => [file.name, file.sha256]));
  const equal =
    sha256 === reference.sha256 &&
    externalFiles.length === registered.size &&
    externalFiles.every((file) => file.sha256 === registered.get(file.name));
  if (!equal) throw notRegistered();
}

function notRegistered(): CoreError {
  return new CoreError(
    "WRONG_REFERENCE",
    "this model is not the one that was registered",
    "Give the unmarked model whose SHA-256 registration.json names.",
  );
}
