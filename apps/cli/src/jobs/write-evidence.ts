import { nodeKeystream } from "@indicia/core/keystream-node";
import type { SealedObservation } from "@indicia/core/observation";
import { makeBundle } from "@indicia/evidence/bundle";
import { writeBundleFile } from "@indicia/evidence/bundle-file";
import { DOSSIER_PATHS, makeDossier } from "@indicia/evidence/dossier";
import type { ConclusionFile } from "@indicia/evidence/formats";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { publishedTexts } from "@indicia/evidence/published-file";
import { pdfReport } from "@indicia/evidence/report-pdf-file";
import type { SignerSeeds } from "@indicia/evidence/signer-keys";
import { derivePurpose } from "@indicia/proof/keys";
import { evidenceFiles } from "./evidence-files.js";

/** Sign and write a bundle that a stranger can verify offline, and a court can read. */
export async function writeEvidence(
  out: string,
  given: {
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

/** The two keys that sign for an owner: Ed25519, which is registered, and P-256, which other programs ask for. */
export function signerSeeds(ownerKey: Uint8Array): SignerSeeds {
  return { ed25519: derivePurpose(ownerKey, "signing"), p256: derivePurpose(ownerKey, "signing-p256") };
}
