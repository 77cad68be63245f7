import { EvidenceError } from "./error.js";
import type { SecretEntries, SecretEntryType } from "./secret-entries.js";
import { endOf, type SecretEntry, type SecretRegister } from "./secret-register.js";
import { type DatedLine, datedBy } from "./signed-chain-dates.js";

/** A correction as it stood. */
export interface ShownCorrection {
  readonly index: number;
  readonly time: string;
  readonly why: string;
  /** What was shown until then, and what is shown since; null where it was withdrawn. */
  readonly before: unknown;
  readonly after: unknown;
}

/** An entry as it stood at a moment. */
export interface Stood<T extends SecretEntryType> {
  /** Line that entered it, when, and the hash of the line. */
  readonly index: number;
  readonly recorded: string;
  readonly hash: string;
  /** Earliest outside time at which the line existed, and whose; null where nobody outside dated it. */
  readonly dated: { readonly time: string; readonly by: string } | null;
  /** As last corrected. */
  readonly entry: SecretEntries[T];
  /** Whether the last correction says that it should not have been entered. */
  readonly withdrawn: boolean;
  readonly corrections: readonly ShownCorrection[];
}

/** Something that lasts: it may not have begun, or be over. */
export interface Lasting<T extends SecretEntryType> extends Stood<T> {
  readonly open: boolean;
  /** Day on which it was ended, by an entry or by its own end; null where it goes on. */
  readonly ended: string | null;
  readonly reason: string | null;
}

/** A register as it stood at a moment: what was entered by then, and what of it was in force on that day. */
export interface SecretState {
  /** RFC 3339. */
  readonly at: string;
  /** Lines by then, and the hash of the last of them, hex. */
  readonly lines: number;
  readonly head: string;
  readonly secrets: readonly Stood<"secret">[];
  readonly access: readonly Lasting<"access-granted">[];
  readonly measures: readonly Lasting<"measure-added">[];
  readonly reviews: readonly Stood<"review">[];
}

/**
 * How a register stood. Later lines do not count, nor do they change what is shown of the earlier ones; but what an outside
 * authority said later of a line is shown, since it says when the line existed.
 *
 * @param at RFC 3339 in UTC
 * @throws EvidenceError SECRET_REFERENCE where the register was begun later
 */
export function secretState(register: SecretRegister, dates: readonly DatedLine[], at: string): SecretState {
  // A clock that was set back must not let a later line pass for an earlier one.
  const later = register.chain.lines.findIndex(({ time }) => time > at);
  const last = (later < 0 ? register.chain.lines : register.chain.lines.slice(0, later)).at(-1);
  if (last === undefined) {
    throw new EvidenceError(
      "SECRET_REFERENCE",
      `there was no register yet at ${at}`,
      `It was begun at ${register.chain.lines[0]?.time ?? "no time"}.`,
    );
  }
  const entries = register.entries.filter(({ index }) => index <= last.index);
  const view: View = { entries, dates, day: at.slice(0, 10) };
  return {
    at,
    lines: last.index + 1,
    head: last.hash,
    secrets: entries.flatMap((each) => (each.type === "secret" ? [stood<"secret">(view, each)] : [])),
    access: entries.flatMap((each) =>
      each.type === "access-granted" ? [grantedAt(view, stood<"access-granted">(view, each))] : [],
    ),
    measures: entries.flatMap((each) =>
      each.type === "measure-added" ? [measuredAt(view, stood<"measure-added">(view, each))] : [],
    ),
    reviews: entries.flatMap((each) => (each.type === "review" ? [stood<"review">(view, each)] : [])),
  };
}

interface View {
  readonly entries: readonly SecretEntry[];
  readonly dates: readonly DatedLine[];
  /** UTC. */
  readonly day: string;
}

function stood<T extends SecretEntryType>(
  { entries, dates }: View,
  { index, time, hash, entry }: Extract<SecretEntry, { readonly type: T }>,
): Stood<T> {
  const corrections = entries.flatMap((each) =>
    each.type === "correction" && each.entry.of === index ? [each] : [],
  );
  const shown: ShownCorrection[] = [];
  let right: unknown = entry;
  for (const each of corrections) {
    const { why, entry: after } = each.entry;
    shown.push({ index: each.index, time: each.time, why, before: right, after });
    right = after ?? right;
  }
  const date = datedBy(dates, index);
  return {
    index,
    recorded: time,
    hash,
    dated: date === null ? null : { time: date.time, by: date.signer.subject },
    // Corrections were held against the form of the line that they are about when the register was read.
    entry: right as SecretEntries[T],
    withdrawn: corrections.at(-1)?.entry.entry === null,
    corrections: shown,
  };
}

function grantedAt(view: View, found: Stood<"access-granted">): Lasting<"access-granted"> {
  const end = endedAt(view, found.index);
  const { since, until } = found.entry;
  const over = until !== null && until < view.day && (end === null || until < end.on);
  const ended = over ? until : (end?.on ?? null);
  return {
    ...found,
    open: !found.withdrawn && since <= view.day && ended === null,
    ended,
    reason: over ? "as agreed from the beginning" : (end?.reason ?? null),
  };
}

function measuredAt(view: View, found: Stood<"measure-added">): Lasting<"measure-added"> {
  const end = endedAt(view, found.index);
  return {
    ...found,
    open: !found.withdrawn && found.entry.since <= view.day && end === null,
    ended: end?.on ?? null,
    reason: end?.reason ?? null,
  };
}

/** The entry by which something was over on the day, if there is one. */
function endedAt(view: View, index: number): { readonly on: string; readonly reason: string } | null {
  for (const each of view.entries) {
    if (endOf(each) !== index) continue;
    const { entry, withdrawn } =
      each.type === "access-revoked"
        ? stood<"access-revoked">(view, each)
        : each.type === "measure-ended"
          ? stood<"measure-ended">(view, each)
          : { entry: null, withdrawn: true };
    if (entry !== null && !withdrawn && entry.on <= view.day) return { on: entry.on, reason: entry.reason };
  }
  return null;
}
