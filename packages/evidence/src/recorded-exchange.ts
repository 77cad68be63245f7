import { decodeBase64 } from "./base64.js";
import { canonicalBytes } from "./canonical.js";
import type { RecordedAnswer, RecordedRequest } from "./transcript.js";
import type { AnswerRecord, IntentRecord } from "./transcript-records.js";

/** Where in its line the base64 of an intent's body begins: its keys are in order. */
export const INTENT_BODY_AT: number = '{"body":{"body":"'.length;
const QUOTE = 0x22;

/**
 * A request of which all but its probes is taken from its line when it is asked for: a hundred thousand of them would
 * take a third of the memory of reading a transcript. A class, since getters of single objects take as much again.
 */
export class LineRequest implements RecordedRequest {
  readonly probes: readonly number[];
  readonly #line: Uint8Array;

  constructor({ probes }: Pick<IntentRecord, "probes">, line: Uint8Array) {
    this.probes = probes;
    this.#line = line;
  }

  get method(): string {
    return this.#record().method;
  }

  get url(): string {
    return this.#record().url;
  }

  get headers(): Readonly<Record<string, string>> {
    return this.#record().headers;
  }

  get sha256(): string {
    return this.#record().sha256;
  }

  get body(): Uint8Array {
    return lineBody(this.#line, INTENT_BODY_AT);
  }

  /** The line was checked when its record was read. */
  #record(): IntentRecord {
    return (JSON.parse(UTF8.decode(this.#line)) as { body: IntentRecord }).body;
  }
}

/** An answer whose body is taken from its line when it is asked for. */
export class LineAnswer implements RecordedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly sha256: string;
  readonly address: string | null;
  readonly certificate: string | null;
  readonly #line: Uint8Array;
  readonly #bodyAt: number;

  /** @param at where in the line the base64 of the body begins, in bytes */
  constructor(record: Omit<AnswerRecord, "body" | "intent">, line: Uint8Array, at: number) {
    this.status = record.status;
    this.headers = record.headers;
    this.sha256 = record.sha256;
    this.address = record.address;
    this.certificate = record.certificate;
    this.#line = line;
    this.#bodyAt = at;
  }

  get body(): Uint8Array {
    return lineBody(this.#line, this.#bodyAt);
  }
}

/** Where in its line the base64 of an answer's body begins, in bytes. */
export function answerBodyAt({ address }: Pick<AnswerRecord, "address">): number {
  return '{"body":{"address":'.length + canonicalBytes(address).length + ',"body":"'.length;
}

const UTF8 = new TextDecoder();

/**
 * The body of a line's record.
 *
 * @param at where its base64 begins, in bytes
 * @param room where the bytes go, if it is large enough
 * @throws EvidenceError BASE64_MALFORMED
 */
export function lineBody(line: Uint8Array, at: number, room?: Uint8Array): Uint8Array {
  return decodeBase64(line.subarray(at, line.indexOf(QUOTE, at)), room);
}
