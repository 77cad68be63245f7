import type { Keystream } from "@indicia/proof/keystream";
import { canonicalBytes, portableSha256, type Sha256 } from "./canonical.js";
import { custodyBytes, custodyEntries } from "./custody.js";
import { declarationBytes } from "./declaration.js";
import { type DossierParts, readParts } from "./dossier-parts.js";
import { signStatement } from "./envelope.js";
import { mlBomBytes } from "./ml-bom.js";
import { htmlReport } from "./report/html.js";
import { NEWEST_REPORT, type Report, type ReportVersion } from "./report/blocks.js";
import { reportOf } from "./report/report.js";
import { keyFiles, type SignerSeeds } from "./signer-keys.js";
import { statementBytes } from "./statement.js";
import { type StatisticsFile, statisticsOf } from "./statistics.js";
import { openDocuments } from "./verify-context.js";

/** Where the readable half of a bundle lies. */
export const DOSSIER_PATHS = {
  statement: "statement.json",
  envelope: "statement.sigstore.json",
  statistics: "statistics.json",
  custody: "custody.jsonl",
  html: "report.html",
  pdf: "report.pdf",
  declaration: "declaration.txt",
  bom: "mlbom.cdx.json",
} as const;

/** The readable half, and the report that is to be printed as well. */
export interface Dossier {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly report: Report;
}

/**
 * The readable half of a bundle: what a court and its expert read, every word of which follows from the other half. The
 * printed report and the published texts come besides.
 *
 * @param evidence the other half, by path in the bundle
 * @throws EvidenceError KEY_INVALID, CUSTODY_DIFFERS, and where the documents of the evidence cannot be read
 */
export function makeDossier(
  evidence: ReadonlyMap<string, Uint8Array>,
  options: {
    readonly seeds: SignerSeeds;
    readonly bundled: Date;
    readonly keystream: Keystream;
    readonly sha256?: Sha256;
  },
): Dossier {
  const { seeds, bundled, keystream, sha256 = portableSha256 } = options;
  const documents = openDocuments((path) => evidence.get(path) ?? null, sha256);
  const parts = readParts(documents, bundled.toISOString());
  const { files, report } = derivedFiles(parts, statisticsOf(parts, keystream));
  const envelope = signStatement(statementBytes(parts), seeds.p256);
  return { files: new Map([...files, [DOSSIER_PATHS.envelope, envelope], ...keyFiles(seeds)]), report };
}

/** The files of a dossier that take no key: whoever verifies makes them again, with the report's own version. */
export function derivedFiles(
  parts: DossierParts,
  statistics: StatisticsFile,
  version: ReportVersion = NEWEST_REPORT,
): Dossier {
  const custody = custodyEntries(parts);
  const report = reportOf({ ...parts, statistics, custody, version });
  const files = new Map<string, Uint8Array>([
    [DOSSIER_PATHS.statement, statementBytes(parts)],
    [DOSSIER_PATHS.statistics, canonicalBytes(statistics)],
    [DOSSIER_PATHS.custody, custodyBytes(custody)],
    [DOSSIER_PATHS.html, htmlReport(report)],
    [DOSSIER_PATHS.declaration, declarationBytes(parts)],
    [DOSSIER_PATHS.bom, mlBomBytes(parts)],
  ]);
  return { files, report };
}
