import { readFile } from "node:fs/promises";
import { nodeKeystream } from "@indicia/core/keystream-node";
import type { Bundle } from "@indicia/evidence/bundle";
import { EvidenceError } from "@indicia/evidence/error";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import type { TraceClaim } from "@indicia/evidence/trace-claim";
import { PARTING } from "@indicia/evidence/verify-trace";
import type { Transcript } from "@indicia/evidence/transcript";
import { verifyBundle } from "@indicia/evidence/verify";
import type { Unpacker } from "@indicia/evidence/zip-read";
import type { Context, Outcome } from "./context.js";
import { OperationError } from "./error.js";
import { readRoots } from "./timestamp-roots.js";
import type { RegisteredModels } from "./measure-again.js";
import type { EvidenceVerifyOptions } from "./options.js";
import { replayedTranscript, type ShownCheck } from "./replay-transcript.js";

/** Largest file of age identities that is read. */
const MAX_IDENTITY_BYTES = 64 * 1024;

/**
 * Check everything about evidence that can be checked offline, and say what was not.
 *
 * @param take the archive, asked for once: unpacked, it needs memory enough
 */
export async function verifyEvidence(
  take: () => Uint8Array,
  unpacker: Unpacker,
  options: EvidenceVerifyOptions,
  context: Context,
): Promise<Outcome> {
  const timestampRoots = await readRoots(options.timestampRoots);
  const disclosure = options.disclosure === null ? null : await decrypt(options.disclosure);
  const report = verifyBundle(take, {
    timestampRoots,
    sha256: nativeSha256,
    unpacker,
    keystream: nodeKeystream,
    ...(disclosure === null ? {} : { disclosure }),
  });
  const checks: ShownCheck[] = [...report.checks];
  const { bundle, contents } = report;
  if (bundle !== null && report.checks.every(({ status }) => status !== "failed"))
    checks.push(
      replayedTranscript(bundle, contents.transcript),
      ...(contents.trace === null ? [await printedReport(bundle)] : []),
    );
  const { models } = options;
  if (models !== null && "suspect" in models && contents.transcript !== null)
    throw new OperationError(
      "FILE_KIND",
      "this evidence is about answers of an endpoint, which no file can be measured for",
      "Give --registration and --reference in place of --suspect.",
    );
  if (models !== null && "suspect" in models) {
    // What this check finds answers what the sealed answers of a file cannot.
    const open = checks.findIndex(({ name, status }) => name === "residuals" && status === "not checked");
    if (open >= 0) checks.splice(open, 1);
    // Onnxruntime is loaded only where models are to be run: it takes memory and time that most have no use for.
    const { recomputed } = await import("./measure-file-again.js");
    if (bundle !== null) checks.push(await recomputed(bundle, models));
  } else if (bundle !== null && checks.every(({ status }) => status !== "failed")) {
    const again = await endpointAgain(bundle, contents.transcript, models);
    if (again !== null) checks.push(again);
  }
  const { queryLog = null } = options;
  const at = checks.findIndex(({ name, status }) => name === PARTING && status === "not checked");
  if (queryLog !== null && bundle !== null && at >= 0 && models !== null && "registration" in models) {
    const { partedAgain } = await import("./part-again.js");
    const { folder, identity } = queryLog;
    const { registration } = models;
    checks[at] = await partedAgain(bundle, { registration, queryLog: folder, identity, disclosure });
  }
  const verified = checks.every(({ status }) => status !== "failed");
  for (const { name, status, detail } of checks) context.say(`${status.padEnd(11)} ${name}: ${detail}`);
  const { conclusion, trace } = contents;
  const open = checks.some(({ name, status }) => name === "statistic" && status === "not checked");
  const claim =
    conclusion === null
      ? tracedClaim(trace, open)
      : ` It claims: ${conclusion.verdict}, ${conclusion.standing}, log10 p ${conclusion.log10P.toFixed(1)}` +
        `${open ? ", which nobody has recomputed here" : ""}.`;
  context.say(verified ? `The evidence verifies.${claim}` : "The evidence does not verify.");
  return {
    exitCode: verified ? 0 : 1,
    report: {
      verified,
      checks,
      verdict: (conclusion ?? trace)?.verdict ?? null,
      standing: (conclusion ?? trace)?.standing ?? null,
      ...(trace === null ? {} : { named: trace.named }),
      log10P: conclusion?.log10P ?? null,
    },
  };
}

/** What a trace claims, in the sentence that the conclusion has otherwise. */
function tracedClaim(trace: TraceClaim | null, open: boolean): string {
  if (trace === null) return "";
  return ` It ${trace.claim}: ${trace.verdict}, ${trace.standing}${open ? ", which nobody has recomputed here" : ""}.`;
}

/** Print the report again, and hold it against the one in the bundle. */
async function printedReport(bundle: Bundle): Promise<ShownCheck> {
  const name = "printed report";
  // Loaded when there is a report to print: traces and excerpts have none.
  const { checkPrinted } = await import("@indicia/evidence/check-printed-file");
  try {
    const result = await checkPrinted(bundle);
    return "passed" in result
      ? { name, status: "passed", detail: result.passed }
      : { name, status: "not checked", detail: result.notChecked };
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
    return { name, status: "failed", detail: error.message, code: error.code };
  }
}

async function decrypt({
  file,
  identity,
}: NonNullable<EvidenceVerifyOptions["disclosure"]>): Promise<Uint8Array> {
  const stored = await readFile(identity, "utf8");
  const { armor, Decrypter } = await import("age-encryption");
  const decrypter = new Decrypter();
  const identities = stored
    .slice(0, MAX_IDENTITY_BYTES)
    .split(/\r?\n/)
    .filter((line) => line.startsWith("AGE-SECRET-KEY-"));
  for (const line of identities) decrypter.addIdentity(line.trim());
  const sealed = await readFile(file, "utf8");
  try {
    return await decrypter.decrypt(armor.decode(sealed));
  } catch (error) {
    throw new OperationError(
      "FILE_KIND",
      `${file} cannot be decrypted with ${identity}`,
      "Give the identity that belongs to the recipient.",
      { cause: error },
    );
  }
}

/** An endpoint's residuals measured again; null where there is no transcript, since no endpoint was asked then. */
async function endpointAgain(
  bundle: Bundle,
  transcript: Transcript | null,
  models: RegisteredModels | null,
): Promise<ShownCheck | null> {
  if (transcript === null) return null;
  if (models !== null) {
    const { measuredAgain } = await import("./measure-again.js");
    return await measuredAgain(bundle, transcript, models);
  }
  return {
    name: "models",
    status: "not checked",
    detail:
      "coordinates, and what reference and shadow models answered, are the word of whoever observed; " +
      "give --registration and --reference to compute them again",
  };
}
