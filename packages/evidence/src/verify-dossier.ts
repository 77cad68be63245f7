import { portableKeystream } from "@indicia/proof/keystream";
import { anchorFileNames } from "./anchor.js";
import { equalBytes } from "./bytes.js";
import { canonicalBytes, sha256Hex } from "./canonical.js";
import { custodyBytes, custodyEntries } from "./custody.js";
import { DOSSIER_PATHS } from "./dossier.js";
import type { DossierParts } from "./dossier-parts.js";
import { openStatement } from "./envelope.js";
import { altered, type EvidenceErrorCode } from "./error.js";
import { planFileNames } from "./open-plan.js";
import { PLAN_FOLDER } from "./plan.js";
import { PUBLISHED_NAMES, requirePublished } from "./published.js";
import { boundKey, KEY_PATHS } from "./signer-keys.js";
import { requireFile, statedFiles, statedParts, statedStatistics } from "./stated-dossier.js";
import { statementBytes } from "./statement.js";
import { type StatisticsFile, statisticsOf } from "./statistics.js";
import { OBSERVATION_FOLDER, PATHS, REGISTRATION_FOLDER, type VerifyContext } from "./verify-context.js";
import type { StepResult } from "./run-steps.js";

/** The instructions and the recomputation: ones that were published, whoever made the bundle. */
export function checkInstructions(context: VerifyContext): StepResult {
  for (const name of PUBLISHED_NAMES) {
    const found = context.find(name);
    requirePublished(name, found === null ? null : sha256Hex(found, context.sha256));
  }
  const { anchor } = context.registration().file;
  const known = new Set<string>([
    ...PUBLISHED_NAMES,
    ...Object.values(DOSSIER_PATHS),
    ...Object.values(KEY_PATHS),
    ...Object.values(PATHS),
    ...anchorFileNames(anchor).map((name) => REGISTRATION_FOLDER + name),
    ...planNames(context),
  ]);
  for (const path of context.bundle().files.keys()) {
    // Of the observation's files it was said before which belong to it.
    if (path.startsWith(OBSERVATION_FOLDER) || known.has(path)) continue;
    throw altered("BUNDLE_FILE_UNKNOWN", `"${path}" belongs to no part of a bundle`);
  }
  return { passed: "VERIFY.md and recompute.mjs are as published" };
}

/** Files of the plan, of which it was said before that no others are there. */
function planNames(context: VerifyContext): string[] {
  const opened = context.plan();
  return opened === null ? [] : planFileNames(opened.plan).map((name) => PLAN_FOLDER + name);
}

/** The statement: what it says follows from the bundle, and the signer's P-256 key signed it. */
export function checkStatement(context: VerifyContext): StepResult {
  const key = boundKey((path) => context.find(path), context.registration().file.signer);
  const statement = requireFile(context, DOSSIER_PATHS.statement, "STATEMENT_DIFFERS");
  const signed = openStatement(requireFile(context, DOSSIER_PATHS.envelope, "ENVELOPE_MALFORMED"), key);
  if (!equalBytes(signed, statement))
    throw altered("STATEMENT_DIFFERS", "the signed statement is not statement.json");
  if (!equalBytes(statement, statementBytes(statedParts(context))))
    throw altered("STATEMENT_DIFFERS", "statement.json says something that the bundle does not");
  return {
    passed: "in-toto statement in a Sigstore bundle, ECDSA P-256, key vouched for by the registered one",
  };
}

/** The statistics: every figure follows from the conclusion; the decoys are counted again where a key was disclosed. */
export function checkStatistics(context: VerifyContext): StepResult {
  const parts = statedParts(context);
  const stated = requireFile(context, DOSSIER_PATHS.statistics, "STATISTICS_DIFFER");
  const again = context.opened === null ? statedStatistics(context, parts) : counted(context, parts);
  if (!equalBytes(canonicalBytes(again), stated))
    throw altered("STATISTICS_DIFFER", "statistics.json does not follow from the conclusion");
  const { decoys } = again;
  const keys = decoys === null ? 0 : decoys.counts.reduce((sum, count) => sum + count, 0);
  if (decoys !== null && keys !== parts.conclusion.file.controls.decoyKeys)
    throw altered("STATISTICS_DIFFER", `${keys} decoy keys are counted, not as many as the conclusion used`);
  const how = context.opened === null ? "their counts as stated" : "counted again";
  return { passed: `${again.statistics.length} statistics; ${keys} decoy keys, ${how}` };
}

/** Custody: what was done when, as the chains, the seal and the conclusion say it. */
export function checkCustody(context: VerifyContext): StepResult {
  const parts = statedParts(context);
  const stated = requireFile(context, DOSSIER_PATHS.custody, "CUSTODY_DIFFERS");
  if (!equalBytes(stated, custodyBytes(custodyEntries(parts))))
    throw altered("CUSTODY_DIFFERS", "custody.jsonl says something that the bundle does not");
  return { passed: `as the other chains say; bundled ${parts.bundled}` };
}

/** The report and the declaration: every word follows from the bundle. The printed report is compared elsewhere. */
export function checkReport(context: VerifyContext): StepResult {
  requireSame(context, [DOSSIER_PATHS.html, DOSSIER_PATHS.declaration], "REPORT_DIFFERS");
  return { passed: "report.html and declaration.txt say what the bundle says" };
}

/** The bill of materials: what the registration and the chain of marked copies say of the models. */
export function checkBom(context: VerifyContext): StepResult {
  requireSame(context, [DOSSIER_PATHS.bom], "BOM_DIFFERS");
  return { passed: "CycloneDX 1.6, as registration and marked copies say" };
}

function requireSame(context: VerifyContext, paths: readonly string[], code: EvidenceErrorCode): void {
  const { files } = statedFiles(context, statedParts(context));
  for (const path of paths) {
    const due = files.get(path);
    if (due === undefined || !equalBytes(due, requireFile(context, path, code)))
      throw altered(code, `"${path}" says something that the bundle does not`);
  }
}

function counted(context: VerifyContext, parts: DossierParts): StatisticsFile {
  return statisticsOf(parts, context.options.keystream ?? portableKeystream);
}
