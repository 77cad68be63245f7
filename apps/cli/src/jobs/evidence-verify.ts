import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { CoreError } from "@indicia/core/error";
import { nodeKeystream } from "@indicia/core/keystream-node";
import { observeFile } from "@indicia/core/observe-file";
import { openRegistration } from "@indicia/core/registration";
import { readBundleFile } from "@indicia/evidence/bundle-file";
import { type Bundle, readBundle } from "@indicia/evidence/bundle";
import { checkPrinted } from "@indicia/evidence/check-printed-file";
import { EvidenceError } from "@indicia/evidence/error";
import { observationSchema } from "@indicia/evidence/formats";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { nativeUnpacker } from "@indicia/evidence/unpack-file";
import { verifyBundle } from "@indicia/evidence/verify";
import { isExcerpt } from "@indicia/evidence/verify-excerpt";
import { openModel } from "@indicia/onnx/open";
import { openFileSuspect } from "@indicia/suspects/index";
import { armor, Decrypter } from "age-encryption";
import type { Job } from "../context.js";
import { CliError } from "../error.js";
import { readRoots } from "./ask-authorities.js";
import { excerptVerify } from "./excerpt-verify.js";
import { identify } from "./load.js";
import { measuredAgain } from "./measure-again.js";
import type { EvidenceVerifyOptions } from "./options.js";
import { requireReferenceFiles } from "./require-reference.js";
import { replayedTranscript, type ShownCheck } from "./replay-transcript.js";

/** Largest file of age identities that is read. */
const MAX_IDENTITY_BYTES = 64 * 1024;

/** `indicia evidence verify`: check everything that can be checked offline, and say what was not. */
export const evidenceVerify: Job<EvidenceVerifyOptions> = async (options, context) => {
  const bytes = await readBundleFile(options.evidence);
  const timestampRoots = await readRoots(options.timestampRoots);
  if (isExcerpt(bytes)) return excerptVerify(bytes, options, timestampRoots, context);
  const disclosure = options.disclosure === null ? null : await decrypt(options.disclosure);
  const report = verifyBundle(bytes, {
    timestampRoots,
    sha256: nativeSha256,
    unpacker: nativeUnpacker,
    keystream: nodeKeystream,
    ...(disclosure === null ? {} : { disclosure }),
  });
  const checks: ShownCheck[] = [...report.checks];
  const { bundle, contents } = report;
  if (bundle !== null && report.checks.every(({ status }) => status !== "failed"))
    checks.push(replayedTranscript(bundle, contents.transcript), await printedReport(bundle));
  const { models } = options;
  if (models !== null && "suspect" in models) {
    // What this check finds answers what the sealed answers of a file cannot.
    const open = checks.findIndex(({ name, status }) => name === "residuals" && status === "not checked");
    if (open >= 0) checks.splice(open, 1);
    checks.push(await recomputed(bytes, models));
  } else if (bundle !== null && checks.every(({ status }) => status !== "failed")) {
    const again = await measuredAgain(bundle, contents.transcript, models);
    if (again !== null) checks.push(again);
  }
  const verified = checks.every(({ status }) => status !== "failed");
  for (const { name, status, detail } of checks) context.say(`${status.padEnd(11)} ${name}: ${detail}`);
  const { conclusion } = contents;
  const open = checks.some(({ name, status }) => name === "statistic" && status === "not checked");
  const claim =
    conclusion === null
      ? ""
      : ` It claims: ${conclusion.verdict}, ${conclusion.standing}, log10 p ${conclusion.log10P.toFixed(1)}` +
        `${open ? ", which nobody has recomputed here" : ""}.`;
  context.say(verified ? `The evidence verifies.${claim}` : "The evidence does not verify.");
  return {
    exitCode: verified ? 0 : 1,
    report: {
      verified,
      checks,
      verdict: conclusion?.verdict ?? null,
      standing: conclusion?.standing ?? null,
      log10P: conclusion?.log10P ?? null,
    },
  };
};

/** Print the report again, and hold it against the one in the bundle. */
async function printedReport(bundle: Bundle): Promise<ShownCheck> {
  const name = "printed report";
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
    throw new CliError(
      "FILE_KIND",
      `${file} cannot be decrypted with ${identity}`,
      "Give the identity that belongs to the recipient.",
      { cause: error },
    );
  }
}

/** Measure suspect and reference again and hold every residual against the sealed one. */
async function recomputed(
  bytes: Uint8Array,
  models: { readonly suspect: string; readonly reference: string },
): Promise<ShownCheck> {
  const { files } = readBundle(bytes, { sha256: nativeSha256 });
  const failed = (detail: string, code: string): ShownCheck => ({
    name: "models",
    status: "failed",
    detail,
    code,
  });
  const registrationBytes = files.get("registration/registration.json");
  if (registrationBytes === undefined) return failed("the bundle has no registration", "BUNDLE_FILE_MISSING");
  const registration = openRegistration(
    registrationBytes,
    files.get("registration/basis.f64") ?? null,
    files.get("registration/sketch.bin") ?? null,
  );
  const suspectModel = openModel(models.suspect);
  const referenceModel = openModel(models.reference);
  try {
    const identity = await identify(models.reference, referenceModel);
    const { sha256 } = identity;
    try {
      requireReferenceFiles(registration, identity);
    } catch (error) {
      if (!(error instanceof CoreError)) throw error;
      return failed("the reference is not the registered one", error.code);
    }
    const suspect = await openFileSuspect(models.suspect);
    const again = await observeFile({
      registration,
      suspect,
      suspectModel,
      reference: { model: referenceModel, sha256 },
      clock: () => new Date(0),
    });
    const sealed = observationSchema.parse(
      JSON.parse(new TextDecoder().decode(files.get("observation/observation.json"))),
    );
    if (sealed.suspect.sha256 !== again.file.suspect.sha256)
      return failed("the suspect given is not the file that was observed", "RESIDUAL_DIFFERS");
    if (again.files.size !== Object.keys(sealed.files).length)
      return failed("measuring these models gives other files than were sealed", "RESIDUAL_DIFFERS");
    for (const [name, content] of again.files) {
      const stored = files.get(`observation/${name}`);
      if (stored === undefined || !Buffer.from(stored).equals(content)) {
        return failed(`measuring these models gives another "${name}"`, "RESIDUAL_DIFFERS");
      }
    }
    for (const part of ["access", "looks", "controls", "reference"] as const) {
      if (isDeepStrictEqual(again.file[part], sealed[part])) continue;
      return failed(`measuring these models gives other ${part} than were sealed`, "RESIDUAL_DIFFERS");
    }
    return {
      name: "models",
      status: "passed",
      detail: `${again.files.size} residuals measured again from the models, all equal`,
    };
  } finally {
    suspectModel.close();
    referenceModel.close();
  }
}
