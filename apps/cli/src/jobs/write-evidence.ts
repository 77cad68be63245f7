import type { SealedObservation } from "@indicia/core/observation";
import type { Registration } from "@indicia/core/registration";
import { makeBundle } from "@indicia/evidence/bundle";
import { writeBundleFile } from "@indicia/evidence/bundle-file";
import type { ConclusionFile } from "@indicia/evidence/formats";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { derivePurpose } from "@indicia/proof/keys";
import { evidenceFiles } from "./evidence-files.js";

/** Sign and write a bundle that a stranger can verify offline. */
export async function writeEvidence(
  out: string,
  given: {
    readonly registration: Registration;
    readonly registrationFolder: string;
    readonly observationFolder: string;
    readonly observation: SealedObservation;
    readonly conclusion: ConclusionFile;
    readonly ownerKey: Uint8Array;
  },
): Promise<void> {
  const files = await evidenceFiles(given);
  const bundle = makeBundle(files, derivePurpose(given.ownerKey, "signing"), nativeSha256);
  await writeBundleFile(out, bundle);
}
