import { property } from "./line-body.js";
import { LN_KEY_FLOOR, toLog10 } from "@indicia/proof/tail";
import { fromBase64 } from "./base64.js";
import { checkBundleSignature } from "./bundle.js";
import { canonicalBytes, sha256Hex } from "./canonical.js";
import { readChain } from "./chain.js";
import { checkDisclosure } from "./disclosure.js";
import { rowsAsked } from "./draw-conclusion.js";
import { limitsOf } from "./limits.js";
import { altered } from "./error.js";
import type { ConclusionFile } from "./conclusion-format.js";
import type { ObservationFile } from "./observation-format.js";
import type { RegistrationFile } from "./registration-format.js";
import { checkModelSignature } from "./model-signature.js";
import { boundKey } from "./signer-keys.js";
import type { StepResult } from "./run-steps.js";
import { observationPlaces } from "./observation-places.js";
import { checkStructure } from "./observation-structure.js";
import { standingReasons } from "./standing.js";
import { OBSERVATION_FOLDER, PATHS, type VerifyContext } from "./verify-context.js";

/** The archive, its manifest, and every file against it. */
export function checkArchive(context: VerifyContext): StepResult {
  const { files } = context.bundle();
  const bytes = [...files.values()].reduce((sum, file) => sum + file.length, 0);
  return { passed: `${files.size} files, ${bytes} bytes, each with the hash in the manifest` };
}

/** The registration: its form, the frozen basis, and the sketch where the bundle has it. */
export function checkRegistration(context: VerifyContext): StepResult {
  const { file, sha256 } = context.registration();
  const basis = context.find(PATHS.basis);
  const registered = "refusal" in file.readout ? null : file.readout.basis;
  const found = basis === null ? null : sha256Hex(basis, context.sha256);
  if (found !== registered)
    throw altered("REGISTRATION_BASIS", "basis.f64 is not the one that was registered");
  const sketch = context.find(PATHS.sketch);
  const committed = "refusal" in file.weights ? undefined : file.weights.sketch;
  if (sketch !== null && sha256Hex(sketch, context.sha256) !== committed)
    throw altered("REGISTRATION_SKETCH", "sketch.bin is not the one that was registered");
  return { passed: `commitment ${sha256}` };
}

/** The signature of the manifest, made with the key that the registration names. */
export function checkSignature(context: VerifyContext): StepResult {
  const bundle = context.bundle();
  checkBundleSignature(bundle);
  const { publicKey } = bundle.signature;
  if (publicKey !== context.registration().file.signer) {
    throw altered("SIGNATURE_OTHER_KEY", "the bundle was signed with a key other than the registered one");
  }
  return { passed: `Ed25519, key ${publicKey}` };
}

/** The chain of the registration: it begins with this commitment and counts this observation where it says. */
export function checkRegistrationChain(context: VerifyContext): StepResult {
  const { sha256: commitment } = context.registration();
  const { position, observation } = context.conclusion();
  const bytes = context.find(PATHS.registrationChain);
  if (bytes === null) throw altered("REGISTRATION_CHAIN", `the bundle has no "${PATHS.registrationChain}"`);
  const { lines } = readChain(bytes, { kind: "registration", sha256: context.sha256 });
  const [first] = lines;
  if (first?.type !== "registration" || property(first.body, "commitment") !== commitment) {
    throw altered("REGISTRATION_CHAIN", "the chain does not begin with this registration");
  }
  const counted = observationPlaces(lines);
  const own = counted[position - 1];
  if (own === undefined || own.seal !== observation) {
    throw altered("CONCLUSION_UNCOUNTED", `the chain does not count this observation as number ${position}`);
  }
  return { passed: `${lines.length} entries, this observation is number ${position} of ${counted.length}` };
}

/** The chain of marked copies, and the signature of each copy that has one. */
export function checkMarks(context: VerifyContext): StepResult {
  const bytes = context.find(PATHS.marks);
  if (bytes === null) return { notChecked: "the bundle lists no marked copies" };
  const { lines } = readChain(bytes, { kind: "marks", sha256: context.sha256 });
  let signed = 0;
  for (const line of lines) {
    const [signature, copy] = [property(line.body, "signature"), property(line.body, "copy")];
    if (signature === undefined) continue;
    if (typeof signature !== "string" || typeof copy !== "string")
      throw altered("ENVELOPE_MALFORMED", `line ${line.index} of the marked copies holds no signature`);
    const key = boundKey((path) => context.find(path), context.registration().file.signer);
    checkModelSignature(fromBase64(signature), copy, key);
    signed++;
  }
  return {
    passed: `${lines.length} entries${signed > 0 ? `, ${signed} with the signature of the copy` : ""}`,
  };
}

/** The observation: sealed, made under this registration, every file with its hash and none besides. */
export function checkObservation(context: VerifyContext): StepResult {
  const { file, sha256 } = context.observation();
  const seal = context.seal();
  if (seal.observation !== sha256)
    throw altered("OBSERVATION_SEAL", "observation.json is not what was sealed");
  if (
    seal.transcript?.root !== file.transcript?.root ||
    seal.transcript?.entries !== file.transcript?.entries
  ) {
    throw altered("OBSERVATION_SEAL", "the seal and observation.json name different transcripts");
  }
  if (file.registration !== context.registration().sha256) {
    throw altered("OBSERVATION_OTHER_REGISTRATION", "the observation was made under another registration");
  }
  checkStructure(file, context.registration().file);
  for (const [name, hash] of Object.entries(file.files)) {
    const content = context.find(OBSERVATION_FOLDER + name);
    if (content === null)
      throw altered("OBSERVATION_FILE_MISSING", `the bundle has no "${OBSERVATION_FOLDER}${name}"`);
    if (sha256Hex(content, context.sha256) !== hash) {
      throw altered("OBSERVATION_FILE_CHANGED", `"${name}" is not what was observed`);
    }
  }
  for (const path of context.bundle().files.keys()) {
    if (!path.startsWith(OBSERVATION_FOLDER) || SEALED_OTHERWISE.has(path)) continue;
    if (Object.hasOwn(file.files, path.slice(OBSERVATION_FOLDER.length))) continue;
    throw altered("OBSERVATION_FILE_UNLISTED", `"${path}" is not part of the observation`);
  }
  return { passed: `seal ${sha256}, ${Object.keys(file.files).length} files` };
}

/** Files of the observation that its list does not name: itself, its seal, and what the seal covers by a root. */
const SEALED_OTHERWISE: ReadonlySet<string> = new Set([
  PATHS.observation,
  PATHS.seal,
  PATHS.transcript,
  PATHS.observer,
]);

/** The transcript: its chain, its records, and the Merkle root that was sealed. */
export function checkTranscript(context: VerifyContext): StepResult {
  const sealed = context.observation().file.transcript;
  if (sealed === null) {
    if (context.find(PATHS.transcript) === null) return { notChecked: "no endpoint was asked" };
    throw altered("TRANSCRIPT_UNEXPECTED", "the bundle has a transcript that the observation does not know");
  }
  const { subject, exchanges, entries, root, recoveries } = context.transcript();
  if (entries !== sealed.entries) {
    throw altered("TRANSCRIPT_ENTRIES", `the transcript has ${entries} lines, ${sealed.entries} were sealed`);
  }
  if (root !== sealed.root)
    throw altered("TRANSCRIPT_ROOT", "the transcript does not have the Merkle root that was sealed");
  if (subject.registration !== context.registration().sha256) {
    throw altered("TRANSCRIPT_OTHER_REGISTRATION", "the transcript was recorded under another registration");
  }
  const open = exchanges.filter(({ outcome }) => outcome.kind === "open").length;
  if (open > 0) throw altered("TRANSCRIPT_UNSETTLED", `${open} exchanges have neither an answer nor a loss`);
  const lost = exchanges.filter(({ outcome }) => outcome.kind === "lost").length;
  const crashes = recoveries === 0 ? "" : `, ${recoveries} recovered from a crash`;
  return {
    passed: `${exchanges.length} exchanges, ${lost} lost${crashes}; ${entries} lines under root ${root}`,
  };
}

/** The conclusion: about this observation, under this registration. */
export function checkConclusion(context: VerifyContext): StepResult {
  const conclusion = context.conclusion();
  const { registration, observation, verdict, standing } = conclusion;
  if (registration !== context.registration().sha256) {
    throw altered("CONCLUSION_OTHER_REGISTRATION", "the conclusion was drawn under another registration");
  }
  if (observation !== context.observation().sha256) {
    throw altered("CONCLUSION_OTHER_OBSERVATION", "the conclusion was drawn from another observation");
  }
  if (conclusion.subKey !== RELEASE_SUB_KEY) {
    throw altered(
      "CONCLUSION_DISAGREES",
      `copies are released under sub-key ${RELEASE_SUB_KEY} and no other`,
    );
  }
  const { file: observed } = context.observation();
  const plan = context.plan();
  if (plan !== null && conclusion.level !== plan.plan.file.level) {
    throw altered(
      "PLAN_LEVEL",
      `the plan has the level ${plan.plan.file.level}, the conclusion ${conclusion.level}`,
    );
  }
  requireNamed(conclusion, observed, context.registration().file);
  const circumstances = { level: conclusion.level, plan: plan?.plan.file ?? null };
  const missing = standingReasons(context.registration().file, circumstances).filter(
    (reason) => !conclusion.standingReasons.includes(reason),
  );
  if (missing.length > 0 || (standing === "anchored") !== (conclusion.standingReasons.length === 0)) {
    throw altered(
      "CONCLUSION_MALFORMED",
      `it says ${standing}, and does not say that ${missing.join(", nor that ") || "nothing is missing"}`,
    );
  }
  checkAgreement(conclusion, observed);
  return { passed: `says ${verdict}, ${standing}` };
}

/** What the observation says of its plan and of whoever observed stands in the conclusion, and so do its limits. */
function requireNamed(
  conclusion: ConclusionFile,
  observation: ObservationFile,
  { signer }: RegistrationFile,
): void {
  const due = { plan: observation.plan ?? null, observer: observation.observer ?? null };
  const said = { plan: conclusion.plan ?? null, observer: conclusion.observer ?? null };
  const limits = limitsOf(observation, signer).every((limit) => conclusion.limits.includes(limit));
  if (sha256Hex(canonicalBytes(due)) === sha256Hex(canonicalBytes(said)) && limits) return;
  throw altered(
    "CONCLUSION_DISAGREES",
    "the conclusion leaves out a limit, or speaks of another plan or observer than the observation",
  );
}

/** The sub-key of released copies. Trying others would have to be paid for. */
const RELEASE_SUB_KEY = 0;

/** What a conclusion says must agree with itself and with the observation, whatever the key. */
function checkAgreement(conclusion: ConclusionFile, observation: ObservationFile): void {
  const { verdict, level, log10P, log10PIdeal, queries, lostQueries } = conclusion;
  const certified = Math.max(log10PIdeal, toLog10(LN_KEY_FLOOR));
  const agree =
    Math.abs(log10P - certified) <= 1e-9 * Math.max(1, Math.abs(certified)) &&
    (verdict === "inconclusive" || log10P <= Math.log10(level)) &&
    queries === rowsAsked(observation) &&
    lostQueries === (observation.probes?.lost ?? 0);
  if (!agree) throw altered("CONCLUSION_DISAGREES", "verdict, p, level and number of queries do not agree");
}

/** The disclosed sub-key: committed to by the registration, and the one that the conclusion used. */
export function checkDisclosedSubKey(context: VerifyContext): StepResult {
  return checkSubKey(context, () => ({ used: context.conclusion().subKey, by: "the conclusion" }));
}

/** The disclosed sub-key: committed to by the registration, and the one that was used. */
export function checkSubKey(
  context: VerifyContext,
  user: () => { readonly used: number; readonly by: string },
): StepResult {
  const { disclosure } = context.options;
  if (disclosure === undefined) return { notChecked: "no disclosure was given" };
  const { file, sha256 } = context.registration();
  const opened = checkDisclosure(disclosure, { commitment: sha256, ...file.subKeys });
  const { used, by } = user();
  if (opened.index !== used)
    throw altered("DISCLOSURE_OTHER_SUB_KEY", `sub-key ${opened.index} was disclosed, ${by} used ${used}`);
  context.opened = opened;
  return { passed: `sub-key ${opened.index} of ${file.subKeys.count} under root ${file.subKeys.root}` };
}
