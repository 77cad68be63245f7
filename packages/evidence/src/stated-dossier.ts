import { parseCanonical } from "./canonical.js";
import { bundledTime } from "./custody.js";
import { derivedFiles, type Dossier, DOSSIER_PATHS } from "./dossier.js";
import { type DossierParts, readParts } from "./dossier-parts.js";
import { altered, type EvidenceErrorCode } from "./error.js";
import { NEWEST_REPORT, type Report, REPORT_VERSIONS, type ReportVersion } from "./report/blocks.js";
import { statedDecoysSchema, type StatisticsFile, statisticsWith } from "./statistics.js";
import type { Documents } from "./verify-context.js";

/** The parts that a bundle's dossier was made from; when the bundle was made is what its custody says. */
export function statedParts(documents: Documents): DossierParts {
  const custody = requireFile(documents, DOSSIER_PATHS.custody, "CUSTODY_DIFFERS");
  return readParts(documents, bundledTime(custody));
}

/**
 * The statistics that follow from these parts, but for the decoys' counts, which are as the bundle states them.
 *
 * @throws EvidenceError STATISTICS_DIFFER
 */
export function statedStatistics(documents: Documents, parts: DossierParts): StatisticsFile {
  const bytes = requireFile(documents, DOSSIER_PATHS.statistics, "STATISTICS_DIFFER");
  const stated = statedDecoysSchema.safeParse(parseCanonical(bytes));
  if (!stated.success) throw altered("STATISTICS_DIFFER", "statistics.json is malformed");
  return statisticsWith(parts, stated.data.decoys?.counts ?? []);
}

/** The report that a bundle's printed one should be. @throws EvidenceError as the two above */
export function statedReport(documents: Documents): Report {
  const parts = statedParts(documents);
  return statedFiles(documents, parts).report;
}

/** The dossier that a bundle should have, with its report in the version that it names. @throws EvidenceError as above */
export function statedFiles(documents: Documents, parts: DossierParts): Dossier {
  return derivedFiles(parts, statedStatistics(documents, parts), statedVersion(documents));
}

/** The version that report.html names; one that never was cannot be told from the newest, and differs from it. */
function statedVersion(documents: Documents): ReportVersion {
  const html = new TextDecoder().decode(
    requireFile(documents, DOSSIER_PATHS.html, "REPORT_DIFFERS").subarray(0, 2000),
  );
  const named = /<meta name="generator" content="([^"]*)">/.exec(html)?.[1];
  return REPORT_VERSIONS.find((version) => version === named) ?? NEWEST_REPORT;
}

/** @throws EvidenceError with this code where the bundle lacks it */
export function requireFile(documents: Documents, path: string, code: EvidenceErrorCode): Uint8Array {
  const found = documents.find(path);
  if (found === null) throw altered(code, `the bundle has no "${path}"`);
  return found;
}
