import type { ConclusionFile } from "../conclusion-format.js";
import type { CustodyEntry } from "../custody.js";
import type { DossierParts } from "../dossier-parts.js";
import { earlyOpening } from "../early-opening.js";
import { property } from "../line-body.js";
import type { StatisticsFile } from "../statistics.js";
import type { Block, Report, ReportVersion } from "./blocks.js";
import { anchorFacts } from "./anchor-facts.js";
import { honestWords, planFacts } from "./plan-facts.js";
import { annexBlocks } from "./annexes.js";
import { askedFacts } from "./asked-facts.js";
import { chanceBlocks, controlBlocks, foundBlocks } from "./findings.js";
import { ACCESS_WORDS, moment, odds, probability } from "./words.js";

/** What everything in a report is taken from. */
export interface ReportParts extends DossierParts {
  readonly version: ReportVersion;
  readonly statistics: StatisticsFile;
  readonly custody: readonly CustodyEntry[];
}

/** The report of an examination: what was fixed, done and found, how often that happens by chance, and its limits. */
export function reportOf(parts: ReportParts): Report {
  const { file } = parts.observation;
  return {
    version: parts.version,
    title: "Report of an examination",
    subtitle: `Is ${file.suspect.target} independent of a registered key?`,
    foot: `Examination sealed as ${parts.observation.seal.slice(0, 16)} - ${parts.version}`,
    blocks: numbered([
      ...headBlocks(parts),
      ...resultBlocks(parts),
      ...questionBlocks(parts),
      ...comparedBlocks(parts),
      ...doneBlocks(parts),
      ...foundBlocks(parts),
      ...chanceBlocks(parts),
      ...controlBlocks(parts),
      ...limitBlocks(parts),
      ...annexBlocks(parts),
    ]),
  };
}

/** Figures get their numbers in reading order, whichever of them there are. */
function numbered(blocks: readonly Block[]): Block[] {
  let figures = 0;
  return blocks.map((block) =>
    block.kind === "figure" ? { ...block, caption: `Figure ${++figures}. ${block.caption}` } : block,
  );
}

function headBlocks(parts: ReportParts): Block[] {
  const { registration, observation, conclusion } = parts;
  const early = earlyOpening(parts);
  return [
    {
      kind: "facts",
      rows: [
        ["Suspect", observation.file.suspect.target],
        ["Claimant", registration.file.owner ?? "the holder of the registered key, who gave no name"],
        ["Observed", `${moment(observation.file.started)} to ${moment(observation.file.finished)}`],
        ...(early === null
          ? ([["Key opened", moment(conclusion.file.concluded)]] as const)
          : ([
              ["Key first tried", `${moment(early)}, at an early look, on residuals that were sealed before`],
              ["Key opened on all", moment(conclusion.file.concluded)],
            ] as const)),
      ],
    },
  ];
}

function resultBlocks(parts: ReportParts): Block[] {
  const { registration, conclusion, version } = parts;
  const { file } = conclusion;
  const rejected = file.verdict === "match";
  const chance = probability(file.log10P);
  return [
    {
      kind: "result",
      title: rejected
        ? "Verdict: match. Independence from the key is rejected."
        : "Verdict: inconclusive. Independence from the key is not rejected.",
      lines: [
        `Certified: p <= ${chance}; level ${file.level}. Standing: ${file.standing}.`,
        rejected
          ? `A suspect made independently of the key gives such a result ${odds(file.log10P)}.`
          : "Nothing follows from this for or against the suspect: too little of a mark was found to say anything.",
        `In one sentence: the evidence ${file.claim}.`,
        ...(version === "report/1" ? [] : [keyWords(registration.file.subKeys.root)]),
      ],
    },
    ...(version === "report/1" ? [] : triedBlocks(file)),
    ...(file.standingReasons.length === 0
      ? []
      : [
          {
            kind: "paragraph",
            text: `Why the standing is ${file.standing}: ${file.standingReasons.join("; ")}.`,
          } as const,
        ]),
    {
      kind: "paragraph",
      text: `${honestWords(parts)} The limits in section 7 belong to the claim and are not to be left out when it is quoted.`,
    },
  ];
}

/** How a claim names a key that stays secret. */
function keyWords(root: string): string {
  return `The key is named by the first 16 digits of the Merkle root of its sub-keys, ${root}.`;
}

/** What the certified value supposes of what came before, beside the value and not only among the limits. */
function triedBlocks({ log10PIdeal, log10PGround, verdict }: ConclusionFile): Block[] {
  const registrations = "Other registrations under this key, where there are any, are not counted here.";
  if (verdict !== "match" || log10PGround <= log10PIdeal) return [{ kind: "paragraph", text: registrations }];
  return [
    {
      kind: "paragraph",
      text:
        "No public randomness salted the pattern after the registration was dated. Had somebody tried 2^40 keys or registrations " +
        `in secret beforehand and kept the best, the bound would be p <= ${probability(log10PGround)} in place of ` +
        `${probability(log10PIdeal)}. ${registrations}`,
    },
  ];
}

function questionBlocks({ statistics }: ReportParts): Block[] {
  return [
    { kind: "heading", text: "1. The question" },
    {
      kind: "paragraph",
      text:
        "The claimant holds a secret key. From the key follows a pattern of signs, +1 and -1, each as likely as the other and " +
        "independent of one another. Copies of the claimant's model that were marked under this key carry the pattern faintly, " +
        "in their weights and in their answers. The unmarked model is called the reference; that it was never released is the " +
        "claimant's word. The question is about the key, not about the suspect: is what the suspect shows independent of the " +
        "pattern?",
    },
    { kind: "paragraph", text: `Null hypothesis. ${statistics.nullHypothesis.words}` },
    { kind: "code", text: statistics.nullHypothesis.symbols },
  ];
}

function comparedBlocks(parts: ReportParts): Block[] {
  const {
    registration,
    observation: { file, seal },
    conclusion,
    registrationChain,
  } = parts;
  const entered = registrationChain.find(({ type }) => type === "registration");
  const { file: registered, commitment } = registration;
  return [
    { kind: "heading", text: "2. What was compared" },
    {
      kind: "facts",
      rows: [
        ["Seen as", `${ACCESS_WORDS[file.access]} (protocol ${file.suspect.protocol})`],
        ...(file.suspect.sha256 === undefined ? [] : ([["Suspect, SHA-256", file.suspect.sha256]] as const)),
        ...sameFile(parts),
        ["Reference, SHA-256", registered.reference.sha256],
        ["Registration", commitment],
        ["Registration made", `${moment(registered.created)}, as the document says of itself`],
        ...(entered === undefined
          ? []
          : ([["Entered in its chain", `${moment(entered.time)}, which commits its maker to it`]] as const)),
        ...anchorFacts(parts),
        ...planFacts(parts),
        ["Signs with (Ed25519)", registered.signer],
        [
          "Sub-keys",
          `${registered.subKeys.count}, of which number ${conclusion.file.subKey} was opened, under this Merkle root:`,
        ],
        ["", registered.subKeys.root],
        ...askedFacts(parts),
        ["Seal", seal],
      ],
    },
    {
      kind: "paragraph",
      text:
        "From the suspect's answers (or weights) those of the reference are taken away. What is left, the residual R, was " +
        `computed without the key, rounded to 16-bit integers, and sealed by a hash ${sealedWords(parts)}`,
    },
    ...(file.notes.length === 0 ? [] : [{ kind: "list", items: file.notes } as const]),
  ];
}

/** That the suspect's file is one of the marked copies, which a reader wants to know before any statistic. */
function sameFile({ version, marks, observation }: ReportParts): (readonly [string, string])[] {
  const { sha256 } = observation.file.suspect;
  if (version === "report/1" || sha256 === undefined) return [];
  const copy = marks.find(({ type, body }) => type === "mark" && property(body, "copy") === sha256);
  if (copy === undefined) return [];
  return [["Which file that is", `byte for byte the copy whose marking was noted ${moment(copy.time)}`]];
}

/** What was sealed when, and what the key decided. */
function sealedWords(parts: ReportParts): string {
  const early = earlyOpening(parts);
  if (early === null) return "before the key was opened.";
  return (
    "before the key was tried on it: at each early look the seal of what was measured up to then was written to the transcript " +
    '("look"), and only then was the key tried on it, for the first time at ' +
    `${moment(early)}. At how many probes there are looks, and what is asked after each, was settled before the first of them; ` +
    "the key decided there only whether to stop. The whole was sealed when asking had ended."
  );
}

function doneBlocks({ custody }: ReportParts): Block[] {
  return [
    { kind: "heading", text: "3. What was done, in order" },
    {
      kind: "paragraph",
      text: "By the clocks of those who did it, as the chains and documents of the bundle record it (custody.jsonl).",
    },
    {
      kind: "table",
      head: ["Time", "What", "By"],
      shares: [0.24, 0.48, 0.28],
      rows: custody.map(({ time, body }) => [moment(time), body.what, body.by]),
    },
  ];
}

function limitBlocks({ conclusion: { file } }: ReportParts): Block[] {
  return [
    { kind: "heading", text: "7. Limits of this claim" },
    {
      kind: "list",
      items: [
        ...file.limits,
        "Decoy keys test the arithmetic. They cannot show that the observation was made without knowledge of the key.",
        "The report speaks of a key and of independence from it. It does not speak of anybody's intentions or rights, and p is a " +
          "probability of such a result given independence, not of independence given the result.",
      ],
    },
  ];
}
