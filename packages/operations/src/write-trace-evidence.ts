import { readFile } from "node:fs/promises";
import path from "node:path";
import { OBSERVATION_FILES } from "@indicia/core/observation-folder";
import type { SealedObservation } from "@indicia/core/observation";
import type { Registration } from "@indicia/core/registration";
import { acceptedTerms } from "@indicia/evidence/accepted-terms";
import type { Acceptances } from "@indicia/evidence/acceptances";
import { makeBundle } from "@indicia/evidence/bundle";
import { writeBundleFile } from "@indicia/evidence/bundle-file";
import { canonicalBytes } from "@indicia/evidence/canonical";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import type { SealedLogged } from "@indicia/evidence/logged-formats";
import { excerptBytes, type QueryExcerpt } from "@indicia/evidence/query-excerpt";
import type { TraceFile } from "@indicia/evidence/trace-formats";
import { TRACE_PATHS } from "@indicia/evidence/trace-parts";
import { keyFiles } from "@indicia/evidence/signer-keys";
import { QUERY_LOG_PATHS } from "@indicia/evidence/verify-query-log";
import { TERMS_PATHS } from "@indicia/evidence/verify-terms";
import { evidenceFiles } from "./evidence-files.js";
import { LOGGED_FILE } from "./observe-queries.js";
import { signerSeeds } from "./signer-seeds.js";

/** Terms and log of acceptances as they were when the trace began. */
export interface AgreedTerms {
  /** Bytes of terms.jsonl. */
  readonly terms: Uint8Array;
  readonly log: Acceptances;
}

/** Sign and write a bundle of a trace that a stranger can verify offline. */
export async function writeTraceEvidence(
  out: string,
  given: {
    readonly registration: Registration;
    readonly registrationFolder: string;
    readonly observationFolder: string;
    readonly observation: SealedObservation;
    readonly logged: { readonly folder: string; readonly sealed: Pick<SealedLogged, "files"> } | null;
    readonly trace: TraceFile;
    readonly customers: Uint8Array;
    readonly agreed: AgreedTerms | null;
    /** Excerpt of the query log, or null for none. */
    readonly queryLog: QueryExcerpt | null;
    readonly ownerKey: Uint8Array;
  },
): Promise<void> {
  const { trace, customers, agreed } = given;
  const files = await evidenceFiles({ ...given, conclusion: null });
  files.set(TRACE_PATHS.trace, canonicalBytes(trace));
  files.set(TRACE_PATHS.register, customers);
  if (given.logged !== null) {
    const { folder, sealed } = given.logged;
    for (const name of [LOGGED_FILE, OBSERVATION_FILES.transcript, ...sealed.files.keys()])
      files.set(`logged/${name}`, await readFile(path.join(folder, name)));
  }
  if (given.queryLog !== null) files.set(QUERY_LOG_PATHS.excerpt, excerptBytes(given.queryLog));
  if (agreed !== null) {
    files.set(TERMS_PATHS.terms, agreed.terms);
    files.set(TERMS_PATHS.accepted, canonicalBytes(acceptedTerms(agreed.log, trace.named, nativeSha256)));
  }
  const seeds = signerSeeds(given.ownerKey);
  for (const [name, bytes] of keyFiles(seeds)) files.set(name, bytes);
  await writeBundleFile(out, makeBundle(files, seeds.ed25519, nativeSha256));
}
