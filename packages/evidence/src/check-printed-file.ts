import type { Bundle } from "./bundle.js";
import { equalBytes } from "./bytes.js";
import { DOSSIER_PATHS } from "./dossier.js";
import { altered } from "./error.js";
import { nativeSha256 } from "./hash-file.js";
import { pdfReport, printerOf } from "./report-pdf-file.js";
import { statedReport } from "./stated-dossier.js";
import { openDocuments } from "./verify-context.js";
import type { StepResult } from "./run-steps.js";

/**
 * The printed report: printed again, and compared byte for byte. Only this needs a printer, so it is no step of
 * `verifyBundle`.
 *
 * @param bundle one whose other parts were found good
 * @throws EvidenceError REPORT_DIFFERS
 */
export async function checkPrinted({ manifest, files }: Bundle): Promise<StepResult> {
  if (manifest.version < 2) return { notChecked: "bundles of version 1 have no printed report" };
  const stated = files.get(DOSSIER_PATHS.pdf);
  if (stated === undefined) throw altered("REPORT_DIFFERS", `the bundle has no "${DOSSIER_PATHS.pdf}"`);
  const documents = openDocuments((path) => files.get(path) ?? null, nativeSha256);
  const report = statedReport(documents);
  const again = await pdfReport(report, new Date(documents.conclusion().concluded));
  if (equalBytes(stated, again)) return { passed: "report.pdf printed again, equal" };
  if (!new TextDecoder("latin1").decode(stated).includes(`(${printerOf(report)})`))
    return { notChecked: "report.pdf was printed by another version; report.html is what was checked" };
  throw altered("REPORT_DIFFERS", "report.pdf is not what this bundle prints to");
}
