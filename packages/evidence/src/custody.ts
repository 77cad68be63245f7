import { z } from "zod";
import { ANCHOR_FILES } from "./anchor.js";
import { roundTime } from "./beacon.js";
import { type ChainLine, chainLineBytes, chainStart, isTime, readChain } from "./chain.js";
import { sha256Hex } from "./canonical.js";
import type { DossierParts } from "./dossier-parts.js";
import { earlyOpening } from "./early-opening.js";
import { altered } from "./error.js";
import { begunAs, isLineOf, OBSERVATION_LINE, OPENED_LINE } from "./observation-places.js";
import { PLAN_LINE } from "./plan.js";
import { hex32 } from "./scalars.js";

/** Who did something, as far as anything here can show it. */
type Actor =
  | "whoever holds the registered key"
  | "whoever observed; not authenticated"
  | "a public beacon"
  | `${string}, who signed the seal`;

/** One thing that happened to the evidence. */
export interface CustodyEntry {
  readonly time: string;
  readonly type:
    | "registered"
    | "copy-marked"
    | "observation-begun"
    | "observation-sealed"
    | "observation-counted"
    | "key-tried"
    | "dated"
    | "salted"
    | "planned"
    | "drawn"
    | "chain-entry"
    | "key-opened"
    | "bundled";
  readonly body: {
    readonly by: Actor;
    /** In words. */
    readonly what: string;
    /** SHA-256 of what it was about, hex; null where nothing is named. */
    readonly sha256: string | null;
    /** Hash of the line of another chain that it was taken from, hex, or null. */
    readonly line: string | null;
  };
}

const OWNER: Actor = "whoever holds the registered key";
const OBSERVER: Actor = "whoever observed; not authenticated";
const BEACON: Actor = "a public beacon";

/**
 * What was done with the evidence, in order of time, by the clocks of those who did it. Everything is taken from the
 * chains, the seal and the conclusion; nothing is added but when the bundle was made.
 */
export function custodyEntries(parts: DossierParts): CustodyEntry[] {
  const { observation, conclusion, registrationChain, marks, bundled } = parts;
  const observer = observerIn(parts);
  const early = earlyOpening(parts) !== null;
  const entries: CustodyEntry[] = [
    ...registrationChain.filter(({ type }) => type === "registration").map((line) => fromChain(line, parts)),
    ...marks.map(fromMarks),
    ...drawnEntries(parts),
    entry(observation.file.started, "observation-begun", observer, {
      what: `observation of ${observation.file.suspect.target} begun`,
    }),
    entry(observation.file.finished, "observation-sealed", observer, {
      what: early
        ? "observation finished and sealed; everything in it was measured without the key, which only decided when to stop"
        : "observation finished and sealed, without any key",
      sha256: observation.seal,
    }),
    ...registrationChain.filter(({ type }) => type !== "registration").map((line) => fromChain(line, parts)),
    entry(conclusion.file.concluded, "key-opened", OWNER, {
      what: `sub-key ${conclusion.file.subKey} opened on the sealed observation${early ? " as a whole, after its early looks" : ""}`,
      sha256: conclusion.sha256,
    }),
    entry(bundled, "bundled", OWNER, { what: "bundle made and signed" }),
  ];
  return entries.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

/**
 * custody.jsonl: the entries as a hash chain of kind `custody`.
 *
 * @throws EvidenceError CUSTODY_DIFFERS where a document gives a time that is none
 */
export function custodyBytes(entries: readonly CustodyEntry[]): Uint8Array {
  let prev = chainStart("custody");
  let text = "";
  for (const [index, { time, type, body }] of entries.entries()) {
    if (!isTime(time)) throw altered("CUSTODY_DIFFERS", `"${time}" is no time`);
    const line = chainLineBytes({ index, prev, time, type, body });
    prev = sha256Hex(line);
    text += `${new TextDecoder().decode(line)}\n`;
  }
  return new TextEncoder().encode(text);
}

/**
 * When a custody chain says that the bundle was made.
 *
 * @throws EvidenceError CUSTODY_DIFFERS, and those of a broken chain
 */
export function bundledTime(custody: Uint8Array): string {
  const { lines } = readChain(custody, { kind: "custody" });
  const made = lines.filter(({ type }) => type === "bundled");
  const [line] = made;
  if (line === undefined || made.length > 1)
    throw altered("CUSTODY_DIFFERS", "custody.jsonl does not say once when the bundle was made");
  return line.time;
}

function fromChain(line: ChainLine, parts: DossierParts): CustodyEntry {
  const { type, time, body, hash } = line;
  const about = (what: string, name?: string) => ({
    what,
    sha256: name === undefined ? null : hashIn(body, name),
    line: hash,
  });
  switch (type) {
    case "registration":
      return entry(time, "registered", OWNER, about(registeredWords(parts), "commitment"));
    case "timestamp":
      return entry(time, "dated", OWNER, about(datedWords(body, parts), "sha256"));
    case "beacon":
      return entry(time, "salted", OWNER, about(saltedWords(parts), "sha256"));
    case PLAN_LINE:
      return entry(time, "planned", OWNER, about(plannedWords(body, parts), "sha256"));
    case OPENED_LINE:
      return entry(time, "key-tried", OWNER, about(openedWords(line, parts)));
    case OBSERVATION_LINE:
      return entry(
        time,
        "observation-counted",
        OWNER,
        about(`sealed observation counted under the registration${purposeWords(body)}`, "seal"),
      );
    default:
      return entry(time, "chain-entry", OWNER, about(`"${type}" entered in the chain of the registration`));
  }
}

/** What else than an examination a line counts an observation for. */
function purposeWords(body: unknown): string {
  const found = z.looseObject({ purpose: z.string().max(64) }).safeParse(body);
  return found.success ? ` (${found.data.purpose})` : "";
}

/** The document says itself when it was made; entering it is what commits its maker to it. */
function registeredWords({ registration }: DossierParts): string {
  return `registration, a document made ${registration.file.created}, entered in its chain`;
}

/** What the line says that counts an observation before the key is tried on its first early look. */
function openedWords(line: ChainLine, { observation: { file, seal } }: DossierParts): string {
  const whose = isLineOf(line, begunAs(file), seal)
    ? "this observation counted and the key first tried, at an early look; the residuals of each look were sealed in the transcript before"
    : "another observation counted and the key tried at an early look of it";
  return `${whose}${purposeWords(line.body)}`;
}

/** What an outside clock says, in the words of the line that notes its token. */
function datedWords(body: unknown, { registration, timestamps }: DossierParts): string {
  const { anchor } = registration.file;
  const noted = z.looseObject({ file: z.string() }).safeParse(body);
  const index = timestamps.findIndex(
    (_, i) => noted.success && noted.data.file === ANCHOR_FILES.timestamp(i),
  );
  const [found, demand] = [timestamps[index], anchor?.timestamps[index]];
  if (found === undefined || demand === undefined)
    return "a timestamp noted that the registration does not ask for";
  return `timestamp of ${demand.authority} obtained: the registration existed at ${found.time}, says "${found.signer.subject}"`;
}

function saltedWords({ registration }: DossierParts): string {
  const beacon = registration.file.anchor?.beacon ?? null;
  if (beacon === null) return "a round of a beacon noted that the registration does not ask for";
  return `round ${beacon.round} of the public beacon obtained, published ${roundTime(beacon).toISOString()}: only now there is a pattern`;
}

/** What the line of a plan says, and of the one that was followed what outside clocks say. */
function plannedWords(body: unknown, { plan }: DossierParts): string {
  if (plan === null || hashIn(body, "sha256") !== plan.plan.sha256)
    return "another plan entered, which this observation does not follow";
  const dated = plan.timestamps.map(({ time, signer }) => `it existed at ${time}, says "${signer.subject}"`);
  return `plan to examine ${plan.plan.file.suspect.target} entered${dated.length === 0 ? "" : `; ${dated.join("; ")}`}`;
}

/** When chance drew the probes: by the clock of the beacon, which is nobody's here. */
function drawnEntries({ plan }: DossierParts): CustodyEntry[] {
  const beacon = plan?.plan.file.anchor?.beacon ?? null;
  if (beacon === null || plan === null) return [];
  return [
    entry(roundTime(beacon).toISOString(), "drawn", BEACON, {
      what: `round ${beacon.round} of the public beacon published: only now it is settled which probes may be asked`,
      sha256: plan.plan.sha256,
    }),
  ];
}

/** Another party is named only where it signed the seal with a key that is not the owner's. */
function observerIn({ observation, registration }: DossierParts): Actor {
  const { observer } = observation.file;
  return observer === undefined || observer.signer === registration.file.signer
    ? OBSERVER
    : `${observer.name}, who signed the seal`;
}

function fromMarks({ type, time, body, hash }: ChainLine): CustodyEntry {
  if (type !== "mark")
    return entry(time, "chain-entry", OWNER, {
      what: `"${type}" entered in the chain of marked copies`,
      line: hash,
    });
  const sha256 = hashIn(body, "copy");
  return entry(time, "copy-marked", OWNER, { what: "marked copy made", sha256, line: hash });
}

function entry(
  time: string,
  type: CustodyEntry["type"],
  by: Actor,
  about: { readonly what: string; readonly sha256?: string | null; readonly line?: string },
): CustodyEntry {
  return {
    time,
    type,
    body: { by, what: about.what, sha256: about.sha256 ?? null, line: about.line ?? null },
  };
}

/** A hash that a free body may have under a name. */
function hashIn(body: unknown, name: string): string | null {
  const found = z.looseObject({ [name]: hex32 }).safeParse(body);
  const value = found.success ? found.data[name] : null;
  return typeof value === "string" ? value : null;
}
