import { canonicalBytes, sha256Hex } from "./canonical.js";
import { type ChainKind, type ChainLine, readChain } from "./chain.js";
import type { ObservedFiles } from "./conclusion-witnesses.js";
import type { ConclusionFile } from "./conclusion-format.js";
import type { ObservationFile } from "./observation-format.js";
import type { RegistrationFile } from "./registration-format.js";
import type { OpenedPlan } from "./open-plan.js";
import type { VerifiedTimestamp } from "./timestamp-verify.js";
import { type Documents, OBSERVATION_FOLDER, PATHS } from "./verify-context.js";

/** What the readable half of a bundle is made from: nothing in it says more than these do. */
export interface DossierParts {
  readonly registration: { readonly file: RegistrationFile; readonly commitment: string };
  /** Of the registration, one for each authority that it demands, held against the registered roots. */
  readonly timestamps: readonly VerifiedTimestamp[];
  /** The plan that was followed, or null. */
  readonly plan: OpenedPlan | null;
  readonly observation: {
    readonly file: ObservationFile;
    readonly seal: string;
    readonly files: ObservedFiles;
  };
  /** With the SHA-256 of conclusion.json, hex. */
  readonly conclusion: { readonly file: ConclusionFile; readonly sha256: string };
  /** Lines of registration/chain.jsonl and of registration/marks.jsonl. */
  readonly registrationChain: readonly ChainLine[];
  readonly marks: readonly ChainLine[];
  /** When the bundle was made, RFC 3339 in UTC with milliseconds. */
  readonly bundled: string;
}

/**
 * The parts as the files of a bundle hold them.
 *
 * @param bundled when the bundle was made, RFC 3339
 * @throws EvidenceError those of the documents, chains and timestamps that are read
 */
export function readParts(documents: Documents, bundled: string): DossierParts {
  const registration = documents.registration();
  const observation = documents.observation();
  const file = documents.conclusion();
  return {
    registration: { file: registration.file, commitment: registration.sha256 },
    timestamps: documents.timestamps(),
    plan: documents.plan(),
    observation: {
      file: observation.file,
      seal: observation.sha256,
      files: { get: (name) => documents.find(OBSERVATION_FOLDER + name) ?? undefined },
    },
    conclusion: { file, sha256: sha256Hex(canonicalBytes(file), documents.sha256) },
    registrationChain: chainIn(documents, PATHS.registrationChain, "registration"),
    marks: chainIn(documents, PATHS.marks, "marks"),
    bundled,
  };
}

function chainIn(documents: Documents, path: string, kind: ChainKind): readonly ChainLine[] {
  const bytes = documents.find(path);
  return bytes === null ? [] : readChain(bytes, { kind, sha256: documents.sha256 }).lines;
}
