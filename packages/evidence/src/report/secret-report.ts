import { canonicalText } from "../canonical.js";
import type { AccessGranted, MeasureAdded, StatedSecret } from "../secret-entries.js";
import type { SecretRegister } from "../secret-register.js";
import type { Lasting, SecretState, ShownCorrection, Stood } from "../secret-state.js";
import type { DatedLine } from "../signed-chain-dates.js";
import { type Block, type Report, NEWEST_REPORT } from "./blocks.js";
import { SECRET_ELEMENTS } from "./secret-elements.js";
import { moment } from "./words.js";

/** What a report of a register says, and how, never changes under one version. */
const SECRET_REPORT_VERSION = "secrets/1";

export interface SecretReportParts {
  readonly register: SecretRegister;
  readonly state: SecretState;
  /** Timestamps of the register, all of which hold. */
  readonly dates: readonly DatedLine[];
}

/** A register of trade secrets as it stood at a moment, to be read. */
export function secretReport(parts: SecretReportParts): Report {
  const { state } = parts;
  return {
    version: NEWEST_REPORT,
    title: "Register of trade secrets",
    subtitle: `As it stood on ${moment(state.at)}`,
    foot: `CONFIDENTIAL. Register up to line ${state.lines - 1}, ${state.head.slice(0, 16)} - ${SECRET_REPORT_VERSION}`,
    blocks: [
      ...summaryBlocks(parts),
      ...state.secrets.flatMap(secretBlocks),
      ...accessBlocks(state),
      ...measureBlocks(state),
      ...reviewBlocks(state),
      ...correctionBlocks(state),
      ...dateBlocks(parts),
      ...lineBlocks(parts),
      ...elementBlocks(),
    ],
  };
}

function summaryBlocks({ register, state, dates }: SecretReportParts): Block[] {
  const { begin } = register.chain;
  const dated = dates.filter(({ of }) => of < state.lines);
  const [first] = dated;
  const count = (open: readonly { readonly open: boolean }[]): number =>
    open.filter((each) => each.open).length;
  return [
    {
      kind: "result",
      title: `Secrets: ${state.secrets.length}. With access: ${count(state.access)}. Measures in force: ${count(state.measures)}.`,
      lines: [
        `${state.lines} lines, each signed and chained to the one before.`,
        first === undefined
          ? "No outside authority has dated any of them: the times below are the holder's own."
          : `Dated by an outside authority ${dated.length} times, first ${moment(first.time)}.`,
      ],
    },
    {
      kind: "paragraph",
      text:
        "This register is the holder's own account. Signatures show who vouches for it, the chain that nothing was taken out or " +
        "changed afterwards, and a timestamp that a line existed by a certain time. None of them shows that what is said is true, " +
        "nor that a court will find a trade secret. Days that the holder states are told apart from the time when they were recorded.",
    },
    {
      kind: "facts",
      rows: [
        ["Registration", begin.registration],
        [
          "Signed by",
          `ECDSA P-256 key ${begin.binding.p256.slice(0, 34)}..., for which the registered key vouches:`,
        ],
        ["Registered key", begin.binding.ed25519],
        ["Last line", state.head],
        ["Begun", moment(register.chain.lines[0]?.time ?? state.at)],
      ],
    },
  ];
}

function secretBlocks(secret: Stood<"secret">): Block[] {
  const { entry } = secret;
  return [
    { kind: "heading", text: `Secret: ${entry.name}${secret.withdrawn ? " (withdrawn)" : ""}` },
    { kind: "paragraph", text: entry.description },
    {
      kind: "facts",
      rows: [
        ["Called here", entry.id],
        ["Embodied in", entry.model ?? "no file"],
        ["Holder", `${entry.holder}. Title: ${entry.title}`],
        ["Why it is not known", entry.notKnown],
        ["Kept secret since", `${entry.since}, as the holder says`],
        ...valueRows(entry.value),
        ["Recorded", recorded(secret)],
      ],
    },
  ];
}

function valueRows(value: StatedSecret["value"]): (readonly [string, string])[] {
  if (value === null) return [["Value", "not estimated"]];
  return [
    ["Value", `${value.amount.toLocaleString("en-GB")} ${value.currency}, estimated ${value.on}`],
    ["How estimated", value.method],
    ["Value by secrecy", value.becauseSecret],
  ];
}

function accessBlocks({ access }: SecretState): Block[] {
  const told = ({ who, kind, secrets, purpose, agreement, since, until }: AccessGranted): string =>
    `${who} (${kind}), to ${secrets.join(", ")}. For: ${purpose}. ` +
    `Agreement: ${agreement ?? "none"}. Since ${since}${until === null ? "" : `, until ${until}`}.`;
  return lasting("Who has access", "Nobody is entered.", access, told);
}

function measureBlocks({ measures }: SecretState): Block[] {
  const told = ({ kind, secrets, description, since, document }: MeasureAdded): string => {
    const hash = document?.sha256 == null ? "" : `, SHA-256 ${document.sha256}`;
    const where = document === null ? "" : ` Written down in ${document.reference}${hash}.`;
    return `${kind}, for ${secrets.join(", ")}: ${description} Since ${since}.${where}`;
  };
  return lasting("Which measures protect it", "None is entered.", measures, told);
}

function lasting<T extends "access-granted" | "measure-added">(
  heading: string,
  none: string,
  found: readonly Lasting<T>[],
  told: (entry: Lasting<T>["entry"]) => string,
): Block[] {
  const rows = found.map((each): readonly [string, string] => {
    const ended = each.ended === null ? "not yet begun" : `ended ${each.ended}`;
    const status = each.withdrawn ? "withdrawn" : each.open ? "in force" : ended;
    const reason = each.ended === null || each.reason === null ? "" : ` Ended: ${each.reason}.`;
    return [`Line ${each.index}, ${status}`, `${told(each.entry)}${reason} Recorded ${recorded(each)}.`];
  });
  return [
    { kind: "heading", text: heading },
    rows.length === 0 ? { kind: "paragraph", text: none } : { kind: "facts", rows },
  ];
}

function reviewBlocks({ reviews }: SecretState): Block[] {
  const rows = reviews.map((each): readonly [string, string] => [
    `Line ${each.index}, ${each.entry.on}${each.withdrawn ? ", withdrawn" : ""}`,
    `${each.entry.by}, on ${each.entry.secrets.join(", ")}: ${each.entry.found} Recorded ${recorded(each)}.`,
  ]);
  return [
    { kind: "heading", text: "Reviews" },
    rows.length === 0 ? { kind: "paragraph", text: "None is entered." } : { kind: "facts", rows },
  ];
}

function correctionBlocks({ secrets, access, measures, reviews }: SecretState): Block[] {
  const items = [...secrets, ...access, ...measures, ...reviews].flatMap(({ index, corrections }) =>
    corrections.map(
      (each) =>
        `Line ${each.index} (${moment(each.time)}) corrects line ${index}: ${each.why}. ${changed(each)}`,
    ),
  );
  if (items.length === 0) return [];
  return [
    { kind: "heading", text: "Corrections" },
    {
      kind: "paragraph",
      text: "What was corrected stays in the register; above, the last correction is shown.",
    },
    { kind: "list", items },
  ];
}

/** The fields that a correction changed, as they were. */
function changed({ before, after }: ShownCorrection): string {
  if (after === null) return "Withdrawn.";
  const [was, is] = [before as Readonly<Record<string, unknown>>, after as Readonly<Record<string, unknown>>];
  const fields = Object.keys(was).filter((name) => canonicalText(was[name]) !== canonicalText(is[name]));
  if (fields.length === 0) return "Nothing was changed by it.";
  return `Until then: ${fields.map((name) => `${name} ${canonicalText(was[name])}`).join("; ")}.`;
}

function dateBlocks({ dates, state }: SecretReportParts): Block[] {
  const rows = dates
    .filter(({ of }) => of < state.lines)
    .map((each): readonly [string, string] => [
      `Up to line ${each.of}`,
      `${moment(each.time)} by "${each.signer.subject}" (${each.authority}), serial number ${each.serial}; ` +
        `${each.qualified ? "said to be" : "not said to be"} qualified; ` +
        (each.root === null
          ? "chain not checked for want of a root"
          : `chain checked to the ${each.rootFrom ?? "kept"} root "${each.root.subject}"`),
    ]);
  if (rows.length === 0) return [];
  return [
    { kind: "heading", text: "Timestamps" },
    {
      kind: "paragraph",
      text: "Each covers the named line and every line before it (RFC 3161; the hash below is what was dated).",
    },
    { kind: "facts", rows },
  ];
}

function lineBlocks({ register, state }: SecretReportParts): Block[] {
  const rows = register.chain.lines
    .filter(({ index }) => index < state.lines)
    .map(({ index, time, type, hash }) => [String(index), moment(time), type, hash]);
  return [
    { kind: "heading", text: "Every line of the register" },
    {
      kind: "paragraph",
      text: "The hash is the SHA-256 of the line without its newline; each line holds that of the one before.",
    },
    { kind: "table", head: ["Line", "Recorded", "What", "Hash"], rows, shares: [0.07, 0.2, 0.15, 0.58] },
  ];
}

function elementBlocks(): Block[] {
  return [
    { kind: "heading", text: "What each part is for" },
    {
      kind: "paragraph",
      text:
        "Which element of Directive (EU) 2016/943 (Art.) and of the United States Code, title 18, section 1839 (1839) a part " +
        "speaks to. Whether an element is made out is for the court; this is no legal advice.",
    },
    {
      kind: "table",
      head: ["Part", "Speaks to"],
      rows: SECRET_ELEMENTS.map(({ part, serves }) => [part, serves]),
      shares: [0.35, 0.65],
    },
  ];
}

function recorded({ recorded: time, dated }: Pick<Stood<"secret">, "recorded" | "dated">): string {
  const outside =
    dated === null ? "dated by nobody outside" : `existed by ${moment(dated.time)} says "${dated.by}"`;
  return `${moment(time)} (${outside})`;
}
