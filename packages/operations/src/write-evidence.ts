import { nodeKeystream } from "@indicia/core/keystream-node";
import type { SealedObservation } from "@indicia/core/observation";
import type { Registration } from "@indicia/core/registration";
import { makeBundle } from "@indicia/evidence/bundle";
import { writeBundleFile } from "@indicia/evidence/bundle-file";
import { DOSSIER_PATHS, makeDossier } from "@indicia/evidence/dossier";
import type { ConclusionFile } from "@indicia/evidence/conclusion-format";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { publishedTexts } from "@indicia/evidence/published-file";
import { pdfReport } from "@indicia/evidence/report-pdf-file";
import { evidenceFiles } from "./evidence-files.js";
import { signerSeeds } from "./signer-seeds.js";

/** Sign and write a bundle that a stranger can verify offline, and a court can read. */
export async function writeEvidence(
  out: string,
  given: {
    readonly registration: Registration;
    readonly registrationFolder: string;
    readonly observationFolder: string;
    readonly observation: SealedObservation;
    readonly conclusion: ConclusionFile;
    readonly ownerKey: Uint8Array;
    readonly now: () => Date;
  },
): Promise<void> {
  const files = await evidenceFiles(given);
  const seeds = signerSeeds(given.ownerKey);
  const dossier = makeDossier(files, {
    seeds,
    bundled: given.now(),
    keystream: nodeKeystream,
    sha256: nativeSha256,
  });
  const bundle = makeBundle(
    new Map([
      ...files,
      ...dossier.files,
      ...(await publishedTexts()),
      [DOSSIER_PATHS.pdf, await pdfReport(dossier.report, new Date(given.conclusion.concluded))],
    ]),
    seeds.ed25519,
    nativeSha256,
  );
  await writeBundleFile(out, bundle);
}
