import { parseCanonical } from "./canonical.js";
import type { ChainFields } from "./chain.js";
import { areHeaders } from "./quick-records.js";
import type { AnswerRecord, IntentRecord } from "./transcript-records.js";

/** An intent whose body is left in its line. */
export class QuickIntent {
  /** @param record whose texts may be cut out of a longer one, which they then keep in memory */
  constructor(readonly record: Omit<IntentRecord, "body">) {}
}

/** An answer whose body is left in its line. */
export class QuickAnswer {
  /** @param bodyAt where in the line the base64 of the body begins, in bytes */
  constructor(
    readonly record: Omit<AnswerRecord, "body">,
    readonly bodyAt: number,
  ) {}
}

/** Text that JSON spells as it is. */
const TEXT = String.raw`[ !#-[\]-~]*`;
/** A whole number that float64 holds exactly. */
const COUNT = String.raw`0|[1-9]\d{0,14}`;
const HASH = "[0-9a-f]{64}";
const HEADERS = String.raw`\{.*?\}`;
const PROBES = String.raw`(?:(?:${COUNT})(?:,(?:${COUNT}))*)?`;
const PLACE = String.raw`"index":(${COUNT}),"prev":"(${HASH})","time":"([-:.\dT]{23}Z)"`;

const INTENT = new RegExp(
  String.raw`^\{"body":\{"body":"","headers":(${HEADERS}),"method":"(${TEXT})","probes":(\[${PROBES}\]),` +
    String.raw`"sha256":"(${HASH})","url":"(${TEXT})"\},${PLACE},"type":"intent"\}$`,
);
const ANSWER = new RegExp(
  String.raw`^\{"body":\{"address":(?:null|"(${TEXT})"),"body":"","certificate":(?:null|"(${HASH})"),` +
    String.raw`"headers":(${HEADERS}),"intent":(${COUNT}),"sha256":"(${HASH})","status":(${COUNT})\},${PLACE},"type":"answer"\}$`,
);

/** What stands before the body; no text that the pattern of an answer lets come before it can contain it. */
const INTENT_BODY = '{"body":{"body":"';
const ANSWER_BODY = ',"body":"';
/** Largest status that an answer can have. */
const MAX_STATUS = 999;
/** Different headers, addresses and certificates that are kept; a transcript has few. */
const MAX_KEPT = 1000;

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Lines of a transcript read at a fifth of the work of parsing them: an intent or an answer of which everything but
 * its headers is spelled as the patterns have it is canonical JSON (RFC 8785) of that record if its headers are. The body
 * is passed over: it is read as base64 afterwards, which has no character that JSON spells in two ways.
 *
 * @returns a reader that says null of every line that it cannot vouch for so quickly, be it good or not
 */
export function createQuickLines(): (bytes: Uint8Array) => ChainFields | null {
  const headersOf = keeping(readHeaders);
  const same = keeping((text) => text);
  const intent = (text: string): ChainFields | null => {
    const [, headersText = "", method = "", probes = "", sha256 = "", url = "", index, prev = "", time = ""] =
      INTENT.exec(text) ?? [];
    const headers = index === undefined ? null : headersOf(headersText);
    if (headers === null) return null;
    const record = { method, url, headers, sha256, probes: JSON.parse(probes) as number[] };
    return { body: new QuickIntent(record), index: Number(index), prev, time: copied(time), type: "intent" };
  };
  const answer = (text: string, bodyAt: number): ChainFields | null => {
    const [, address, certificate, headersText = "", number, sha256 = "", status, ...place] =
      ANSWER.exec(text) ?? [];
    const [index, prev = "", time = ""] = place;
    const headers = index === undefined ? null : headersOf(headersText);
    if (headers === null || Number(status) > MAX_STATUS) return null;
    const record = {
      intent: Number(number),
      status: Number(status),
      headers,
      sha256,
      address: address === undefined ? null : same(address),
      certificate: certificate === undefined ? null : same(certificate),
    };
    const body = new QuickAnswer(record, bodyAt);
    return { body, index: Number(index), prev, time: copied(time), type: "answer" };
  };
  return (bytes) => {
    const text = asciiText(bytes);
    if (text === null) return null;
    if (text.startsWith(INTENT_BODY)) return intent(withoutBody(text, INTENT_BODY.length));
    const at = text.indexOf(ANSWER_BODY) + ANSWER_BODY.length;
    return answer(withoutBody(text, at), at);
  };
}

function withoutBody(text: string, at: number): string {
  return text.slice(0, at) + text.slice(text.indexOf('"', at));
}

/** Null for what is no ASCII: only there are offsets in the text those in the bytes. */
function asciiText(bytes: Uint8Array): string | null {
  try {
    const text = UTF8.decode(bytes);
    return text.length === bytes.length ? text : null;
  } catch {
    return null;
  }
}

function readHeaders(text: string): Record<string, string> | null {
  try {
    const headers = parseCanonical(new TextEncoder().encode(text));
    return areHeaders(headers) ? headers : null;
  } catch {
    return null;
  }
}

/** A text of its own: one that was cut out of a line would keep the whole line in memory. */
function copied(text: string): string {
  return ` ${text}`.slice(1);
}

/** What is read from texts of which most come again and again. */
function keeping<T>(read: (text: string) => T): (text: string) => T {
  const kept = new Map<string, T>();
  return (text) => {
    const known = kept.get(text);
    if (known !== undefined) return known;
    const own = copied(text);
    const made = read(own);
    if (kept.size === MAX_KEPT) kept.clear();
    kept.set(own, made);
    return made;
  };
}
