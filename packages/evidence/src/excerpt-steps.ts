import { hexToBytes } from "@noble/hashes/utils.js";
import { z } from "zod";
import { anchorFileNames, verifiedTimestamps } from "./anchor.js";
import { parseJson, sha256Hex } from "./canonical.js";
import { openStatement } from "./envelope.js";
import { altered } from "./error.js";
import { type DisclosedLine, type ExcerptContext, requireFile } from "./excerpt-context.js";
import { EXCERPT_PATHS } from "./excerpt-format.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { EXCERPT_TEXTS, requirePublished } from "./published.js";
import type { StepResult } from "./run-steps.js";
import { boundKey } from "./signer-keys.js";
import { REGISTRATION_FOLDER } from "./verify-context.js";

/** The archive, whose every byte is compared, and which files it holds. */
export function checkExcerptArchive(context: ExcerptContext): StepResult {
  for (const path of Object.values(EXCERPT_PATHS)) requireFile(context, path);
  const { lines } = context.excerpt();
  return { passed: `${context.files().size} files, ${lines.length} lines of a transcript` };
}

/** The registration under which the transcript was recorded, and every file that belongs to an excerpt under it. */
export function checkExcerptRegistration(context: ExcerptContext): StepResult {
  const { file, sha256 } = context.registration();
  const known = new Set<string>([
    ...Object.values(EXCERPT_PATHS),
    ...EXCERPT_TEXTS,
    ...anchorFileNames(file.anchor).map((name) => REGISTRATION_FOLDER + name),
  ]);
  for (const path of context.files().keys()) {
    if (!known.has(path)) throw altered("EXCERPT_FILE_UNKNOWN", `"${path}" belongs to no part of an excerpt`);
  }
  return { passed: `commitment ${sha256}, signer ${file.signer}` };
}

/** When the registration existed, and with it the signer's key, by the clocks of others. */
export function checkExcerptTimestamps(context: ExcerptContext): StepResult {
  const { file, sha256: commitment } = context.registration();
  const { anchor: demand } = file;
  if (demand === undefined || demand.timestamps.length === 0)
    return { passed: "the registration asks for none: nothing but the owner's word dates it" };
  const find = (name: string): Uint8Array | null => context.find(REGISTRATION_FOLDER + name);
  const { timestampRoots: given } = context;
  const registered = context.timestamps();
  const found =
    given.length > 0 ? verifiedTimestamps({ demand, commitment, find, roots: given }) : registered;
  const whose = given.length > 0 ? "given" : "registered";
  const times = found.map(({ time, signer, root }) => {
    const chain = root === null ? "no root to hold it against" : `the ${whose} root "${root.subject}"`;
    return `${time} by "${signer.subject}" (${chain})`;
  });
  return { passed: times.join("; ") };
}

const statementSchema: z.ZodType<{ subject: { name: string; digest: { sha256: string } }[] }> = z.looseObject(
  {
    subject: z
      .array(z.looseObject({ name: z.string(), digest: z.looseObject({ sha256: z.string() }) }))
      .max(100),
  },
);

/** The statement: signed by a key that the registered one vouches for, about this registration and this observation. */
export function checkExcerptStatement(context: ExcerptContext): StepResult {
  const { file, sha256: commitment } = context.registration();
  const key = boundKey((path) => context.find(path), file.signer);
  const statement = parseJson(openStatement(requireFile(context, EXCERPT_PATHS.statement), key));
  const { data } = statementSchema.safeParse(statement);
  const named = new Map((data?.subject ?? []).map(({ name, digest }) => [name, digest.sha256]));
  if (named.get(EXCERPT_PATHS.registration) !== commitment)
    throw altered("EXCERPT_STATEMENT", "the signed statement is about another registration");
  const seal = sha256Hex(requireFile(context, EXCERPT_PATHS.observation), context.sha256);
  if (named.get(EXCERPT_PATHS.observation) !== seal)
    throw altered("EXCERPT_STATEMENT", "the signed statement is about another observation");
  return { passed: `signed, key vouched for by the registered one; it names the seal ${seal}` };
}

/** The sealed observation: under this registration, and of a transcript with this root. */
export function checkExcerptObservation(context: ExcerptContext): StepResult {
  const { file } = context.observation();
  if (file.registration !== context.registration().sha256)
    throw altered("EXCERPT_OBSERVATION", "the observation was made under another registration");
  const { transcript: sealed } = file;
  if (sealed === null) throw altered("EXCERPT_OBSERVATION", "the observation has no transcript");
  const { transcript } = context.excerpt();
  if (transcript.entries !== sealed.entries || transcript.root !== sealed.root)
    throw altered("EXCERPT_ROOT", "the excerpt names another transcript than was sealed");
  return {
    passed: `transcript of ${sealed.entries} lines under root ${sealed.root}, of ${file.suspect.target}`,
  };
}

/** Every line at its place under the root, in order, and after the line before it where that is disclosed too. */
export function checkLines(context: ExcerptContext): StepResult {
  const { transcript, lines: proofs } = context.excerpt();
  const lines = context.lines();
  if (lines.length !== proofs.length)
    throw altered("EXCERPT_LINES", `${lines.length} lines come with ${proofs.length} proofs`);
  const root = hexToBytes(transcript.root);
  for (const [i, line] of lines.entries()) {
    const { index, proof } = proofs[i] ?? { index: -1, proof: [] };
    if (line.index !== index)
      throw altered("EXCERPT_LINES", `a line says it is line ${line.index}, not ${index}`);
    requireAfter(line, lines[i - 1]);
    const inclusion = {
      leaf: leafHash(line.bytes, context.sha256),
      index,
      size: transcript.entries,
      proof: proof.map((each) => hexToBytes(each)),
      root,
    };
    if (!verifyInclusion(inclusion, context.sha256))
      throw altered("EXCERPT_UNPROVEN", `line ${index} is not in the transcript that was sealed`);
  }
  const withheld = withheldRanges(
    lines.map(({ index }) => index),
    transcript.entries,
  );
  const rest = transcript.entries - lines.length;
  return {
    passed:
      `${lines.length} of ${transcript.entries} lines, each proved under the root; ` +
      `${rest} withheld${rest > 0 ? ` (${withheld})` : ""}`,
  };
}

function requireAfter(line: DisclosedLine, before: DisclosedLine | undefined): void {
  if (before === undefined) return;
  if (line.index <= before.index)
    throw altered("EXCERPT_LINES", `line ${line.index} comes after line ${before.index}`);
  if (line.index === before.index + 1 && line.prev !== before.hash)
    throw altered("EXCERPT_LINES", `line ${line.index} does not follow the line before it`);
}

/** Most ranges that are told one by one. */
const TOLD_RANGES = 20;

/** Which lines are not here, as ranges. */
function withheldRanges(disclosed: readonly number[], entries: number): string {
  const ranges: string[] = [];
  let from = 0;
  for (const index of [...disclosed, entries]) {
    if (index - from === 1) ranges.push(`${from}`);
    else if (index > from) ranges.push(`${from}-${index - 1}`);
    from = index + 1;
  }
  const more = ranges.length - TOLD_RANGES;
  return ranges.slice(0, TOLD_RANGES).join(", ") + (more > 0 ? ` and ${more} further ranges` : "");
}

/** Whose transcript it is, every body against its hash, and of each exchange both ends. */
export function checkExchanges(context: ExcerptContext): StepResult {
  const { subject, exchanges } = context.disclosed();
  if (subject.registration !== context.registration().sha256)
    throw altered("TRANSCRIPT_OTHER_REGISTRATION", "the transcript was recorded under another registration");
  const lost = exchanges.filter(({ outcome }) => outcome.kind === "lost").length;
  return { passed: `${exchanges.length} exchanges with both ends, ${lost} lost; every body has its hash` };
}

/** The instructions and the check in plain JavaScript: ones that were published. */
export function checkExcerptInstructions(context: ExcerptContext): StepResult {
  for (const name of EXCERPT_TEXTS) {
    const found = context.find(name);
    requirePublished(name, found === null ? null : sha256Hex(found, context.sha256));
  }
  return { passed: `${EXCERPT_TEXTS.join(" and ")} are as published` };
}
