import { canonicalBytes, parseCanonical, portableSha256, type Sha256, sha256Hex } from "./canonical.js";
import { altered, EvidenceError } from "./error.js";

/** What a chain records. Each kind starts from its own hash, so that one can never pass for another. */
export type ChainKind =
  | "transcript"
  | "registration"
  | "marks"
  | "customers"
  | "queries"
  | "query-index"
  | "custody"
  | "secrets"
  | "terms"
  | "acceptances"
  | "gateway-keys"
  | "vault"
  | "audit";

/** Type of the line that records a torn tail: the crash stays visible. */
export const RECOVERED = "recovered";
/** Longest line: a body of 64 MiB in base64, with room for its headers. */
export const MAX_LINE_BYTES: number = 96 * 2 ** 20;
/** Longest chain: half of what a file read in one piece may have. */
export const MAX_CHAIN_BYTES: number = 2 ** 30;
/** Longest type of a line. */
export const MAX_TYPE_LENGTH = 64;

const NEWLINE = 0x0a;
const HEX_HASH = /^[0-9a-f]{64}$/;
const TYPE = /^[a-z][a-z0-9-]*$/;

/** What a line says. */
export interface ChainFields {
  /** Position in the chain, from 0. */
  readonly index: number;
  /** When the line was written: RFC 3339, UTC, milliseconds. The writer's own clock, not an outside one. */
  readonly time: string;
  readonly type: string;
  /** Plain JSON. */
  readonly body: unknown;
  /** Hash of the line before, hex. */
  readonly prev: string;
}

/** One line as it was read. */
export interface ChainLine extends Omit<ChainFields, "prev"> {
  /** The line without its newline. */
  readonly bytes: Uint8Array;
  /** SHA-256 of `bytes`, hex; the next line's `prev`. */
  readonly hash: string;
}

export interface ReadChainOptions {
  readonly kind: ChainKind;
  /** Hash of the last line, hex, where it is known from elsewhere. */
  readonly head?: string;
  readonly sha256?: Sha256;
  /** A faster reader of lines of the commonest forms, whose bodies may be its own; null of all that it leaves. */
  readonly quick?: (bytes: Uint8Array) => ChainFields | null;
}

/** What the first line of a chain has for `prev`: SHA-256 of "indicia/1/chain/" and the kind, hex. */
export function chainStart(kind: ChainKind): string {
  return sha256Hex(new TextEncoder().encode(`indicia/1/chain/${kind}`));
}

/**
 * A line to be appended after `prev`: canonical JSON without its newline.
 *
 * @param text canonical JSON of the body where that is known already
 */
export function chainLineBytes(line: ChainFields, text?: string): Uint8Array {
  const { index, prev, time, type, body } = line;
  if (!TYPE.test(type) || type.length > MAX_TYPE_LENGTH) {
    throw new EvidenceError(
      "CHAIN_LINE_MALFORMED",
      `"${type}" is no type of a line`,
      "Use lower-case words with hyphens.",
    );
  }
  if (text === undefined) return canonicalBytes({ body, index, prev, time, type });
  return new TextEncoder().encode(`{"body":${text},${placeText(line)}}`);
}

/** The fields of a line that follow its body in canonical JSON; none of them has a character to be escaped. */
export function placeText({ index, prev, time, type }: Omit<ChainFields, "body">): string {
  return `"index":${index},"prev":"${prev}","time":"${time}","type":"${type}"`;
}

/** Number of bytes up to and with the last newline; what follows it is a line that was never finished. */
export function completeLength(bytes: Uint8Array): number {
  return bytes.lastIndexOf(NEWLINE) + 1;
}

/**
 * Walk a chain line by line, checking each line and its link to the line before.
 *
 * @param bytes canonical JSON lines, each ended by a newline
 * @throws EvidenceError CHAIN_TORN (the last line has no newline), CHAIN_LINE_MALFORMED (a line is not canonical JSON
 *   of the five fields), CHAIN_ORDER (a line is missing, repeated or moved), CHAIN_LINE_CHANGED (the line after it
 *   vouches for another), CHAIN_BROKEN_LINK (a line points at something else), CHAIN_HEAD (the last line is not the
 *   expected one), CHAIN_LINE_TOO_LONG, CHAIN_TOO_LARGE
 */
export function* chainLines(bytes: Uint8Array, options: ReadChainOptions): Generator<ChainLine, void, void> {
  const { kind, head, sha256 = portableSha256, quick } = options;
  if (bytes.length > MAX_CHAIN_BYTES) {
    throw altered(
      "CHAIN_TOO_LARGE",
      `the ${kind} chain has ${bytes.length} bytes, more than ${MAX_CHAIN_BYTES}`,
    );
  }
  const complete = completeLength(bytes);
  let previous = chainStart(kind);
  let index = 0;
  for (let from = 0; from < complete; ) {
    const to = bytes.indexOf(NEWLINE, from);
    const line = readChainLine(bytes.subarray(from, to), {
      where: `line ${index} of the ${kind} chain`,
      sha256,
      quick,
    });
    from = to + 1;
    if (line.index !== index) {
      throw altered("CHAIN_ORDER", `line ${index} of the ${kind} chain says it is line ${line.index}`);
    }
    if (line.prev !== previous) {
      const vouched = index > 0 && isVouchedFor(line, bytes.subarray(from, complete), { kind, head, sha256 });
      throw vouched
        ? altered("CHAIN_LINE_CHANGED", `line ${index - 1} of the ${kind} chain was changed`)
        : altered(
            "CHAIN_BROKEN_LINK",
            `line ${index} of the ${kind} chain does not follow the line before it`,
          );
    }
    yield line;
    previous = line.hash;
    index += 1;
  }
  if (complete < bytes.length) {
    throw altered("CHAIN_TORN", `the last line of the ${kind} chain was not written to its end`);
  }
  if (head !== undefined && head !== previous) {
    throw altered("CHAIN_HEAD", `the ${kind} chain does not end in the expected line`);
  }
}

/** All lines of a chain with the hash of the last (the start hash where there are none); see `chainLines`. */
export function readChain(
  bytes: Uint8Array,
  options: ReadChainOptions,
): { lines: ChainLine[]; head: string } {
  const lines = [...chainLines(bytes, options)];
  return { lines, head: lines.at(-1)?.hash ?? chainStart(options.kind) };
}

/**
 * Where a link is broken, either the line before it or the line that holds it was changed. If what follows still
 * vouches for the line that holds it, it was the one before. After the last line only a known head can vouch.
 */
function isVouchedFor(
  line: ChainLine,
  rest: Uint8Array,
  { kind, head, sha256 }: { kind: ChainKind; head: string | undefined; sha256: Sha256 },
): boolean {
  if (rest.length === 0) return head === line.hash;
  const next = rest.subarray(0, rest.indexOf(NEWLINE));
  const where = `line ${line.index + 1} of the ${kind} chain`;
  return readChainLine(next, { where, sha256 }).prev === line.hash;
}

/**
 * One line by itself: its form, not its place.
 *
 * @param bytes the line without its newline
 * @param options.where the line as messages call it
 * @throws EvidenceError CHAIN_LINE_TOO_LONG, CHAIN_LINE_MALFORMED
 */
export function readChainLine(
  bytes: Uint8Array,
  {
    where,
    sha256,
    quick,
  }: { readonly where: string; readonly sha256: Sha256; readonly quick?: ReadChainOptions["quick"] },
): ChainLine & ChainFields {
  if (bytes.length > MAX_LINE_BYTES) {
    throw altered("CHAIN_LINE_TOO_LONG", `${where} has ${bytes.length} bytes, more than ${MAX_LINE_BYTES}`);
  }
  const found = quick?.(bytes) ?? null;
  const fields = found !== null && isTime(found.time) ? found : parsedLine(bytes, where);
  const { index, prev, time, type, body } = fields;
  return { index, prev, time, type, body, bytes, hash: sha256Hex(bytes, sha256) };
}

function parsedLine(bytes: Uint8Array, where: string): ChainFields {
  let value: unknown;
  try {
    value = parseCanonical(bytes, { maxBytes: MAX_LINE_BYTES });
  } catch (cause) {
    throw altered("CHAIN_LINE_MALFORMED", `${where} is not canonical JSON`, { cause });
  }
  const fields = lineFields(value);
  if (fields !== null) return fields;
  throw altered("CHAIN_LINE_MALFORMED", `${where} lacks one of body, index, prev, time, type`);
}

function lineFields(value: unknown): ChainFields | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  if (Object.keys(value).join() !== "body,index,prev,time,type") return null;
  const { body, index, prev, time, type } = value as Record<
    "body" | "index" | "prev" | "time" | "type",
    unknown
  >;
  if (typeof index !== "number" || !Number.isSafeInteger(index) || index < 0) return null;
  if (typeof prev !== "string" || !HEX_HASH.test(prev)) return null;
  if (typeof time !== "string" || !isTime(time)) return null;
  if (typeof type !== "string" || type.length > MAX_TYPE_LENGTH || !TYPE.test(type)) return null;
  return { body, index, prev, time, type };
}

const TIME_FORM = /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
/** Days of the months of a year that is no leap year. */
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const;
/** Days that every month has. */
const SHORTEST_MONTH = 28;

/** Whether a text is an RFC 3339 time in the one form that is written: UTC with milliseconds. */
export function isTime(text: string): boolean {
  const found = TIME_FORM.exec(text);
  if (found === null) return false;
  const [year = 0, month = 0, day = 0] = found.slice(1).map(Number);
  if (day <= SHORTEST_MONTH) return true;
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 1 : 0;
  return day <= (DAYS[month - 1] ?? 0) + leap;
}
