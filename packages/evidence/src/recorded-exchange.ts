import { fromBase64 } from "./base64.js";
import type { RecordedAnswer, RecordedRequest } from "./transcript.js";
import type { AnswerRecord, IntentRecord } from "./transcript-records.js";

/**
 * A request of which all but its probes is taken from its line when it is asked for: a hundred thousand of them would
 * take a third of the memory of reading a transcript. A class, since getters of single objects take as much again.
 */
export class LineRequest implements RecordedRequest {
  readonly probes: readonly number[];
  readonly #line: Uint8Array;

  constructor({ probes }: IntentRecord, line: Uint8Array) {
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
    return fromBase64(this.#record().body);
  }

  #record(): IntentRecord {
    return recordOf(this.#line) as IntentRecord;
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

  constructor({ status, headers, sha256, address, certificate }: AnswerRecord, line: Uint8Array) {
    this.status = status;
    this.headers = headers;
    this.sha256 = sha256;
    this.address = address;
    this.certificate = certificate;
    this.#line = line;
  }

  get body(): Uint8Array {
    return fromBase64((recordOf(this.#line) as AnswerRecord).body);
  }
}

const UTF8 = new TextDecoder();

/** The line was checked when its record was read. */
function recordOf(line: Uint8Array): unknown {
  return (JSON.parse(UTF8.decode(line)) as { body: unknown }).body;
}
