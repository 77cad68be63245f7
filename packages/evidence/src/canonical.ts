import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import canonicalize from "canonicalize";
import { altered, EvidenceError } from "./error.js";
import { checkJsonShape } from "./json-shape.js";

/** A SHA-256 of bytes, 32 bytes. Passed in where much is hashed and the platform has a faster one. */
export interface Sha256 {
  (bytes: Uint8Array): Uint8Array;
  /** The same as hex digits, where the platform writes them itself. */
  readonly hex?: (bytes: Uint8Array) => string;
}

/** Longest JSON text read unless the caller says otherwise: above any registration or observation in use. */
export const MAX_JSON_BYTES: number = 64 * 2 ** 20;
/** Deepest nesting of arrays and objects: four times what any file of ours needs, far below a stack overflow. */
export const MAX_JSON_DEPTH = 64;

export interface ParseOptions {
  /** Longest text accepted, in bytes. */
  readonly maxBytes?: number;
  /** Deepest nesting accepted. */
  readonly maxDepth?: number;
}

/** A byte order mark is kept, so that JSON.parse refuses it. */
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The portable SHA-256. */
export const portableSha256: Sha256 = (bytes) => sha256(bytes);

/** SHA-256 of bytes as 64 lower-case hex digits. */
export function sha256Hex(bytes: Uint8Array, hash: Sha256 = portableSha256): string {
  return hash.hex?.(bytes) ?? bytesToHex(hash(bytes));
}

/**
 * Canonical JSON text (RFC 8785): sorted keys by UTF-16 code units, ES6 numbers, no white space.
 * Properties that are undefined are left out; everything else that JSON lacks is an error.
 *
 * @throws EvidenceError JSON_UNREPRESENTABLE, JSON_TOO_DEEP
 */
export function canonicalText(value: unknown): string {
  requireJson(value, 0);
  const quick = plainText(value);
  if (quick !== undefined) return quick;
  try {
    const text = canonicalize(value);
    if (text !== undefined) return text;
  } catch (cause) {
    throw unrepresentable(cause instanceof Error ? cause.message : "not a JSON value", cause);
  }
  throw unrepresentable("undefined is not a JSON value");
}

/** Canonical JSON (RFC 8785) as UTF-8 bytes; see `canonicalText`. */
export function canonicalBytes(value: unknown): Uint8Array {
  return new TextEncoder().encode(canonicalText(value));
}

/**
 * Read JSON strictly: UTF-8 without byte order mark, RFC 8259 grammar, no key twice in one object, bounded.
 *
 * @throws EvidenceError JSON_MALFORMED, JSON_TOO_LARGE, JSON_TOO_DEEP, JSON_DUPLICATE_KEY
 */
export function parseJson(bytes: Uint8Array, options?: ParseOptions): unknown {
  return parseText(bytes, options).value;
}

/**
 * Read JSON that must be canonical (RFC 8785) to the byte: exactly one spelling of a value is accepted.
 *
 * @throws EvidenceError as `parseJson`, and JSON_NOT_CANONICAL
 */
export function parseCanonical(bytes: Uint8Array, options?: ParseOptions): unknown {
  const quick = parsePlain(bytes, options);
  if (quick !== undefined) return quick;
  const { value, text } = parseText(bytes, options);
  let canonical: string | undefined;
  try {
    canonical = canonicalize(value);
  } catch (cause) {
    // Numbers beyond float64 become infinite and escaped lone surrogates survive JSON.parse; neither is I-JSON.
    throw altered("JSON_NOT_CANONICAL", "the JSON text has a value without a canonical form", { cause });
  }
  if (canonical !== text) {
    throw altered("JSON_NOT_CANONICAL", "the JSON text is not in its canonical form (RFC 8785)");
  }
  return value;
}

/** An escaped surrogate: JSON.stringify writes it for a lone one, which has no canonical form. */
const ESCAPED_SURROGATE = /\\ud[89a-f]/i;

/**
 * Most canonical texts are seen to be so at a tenth of the work: RFC 8785 writes strings and numbers as JSON.stringify
 * does (section 3.2.2), which repeats the text exactly unless a key is there twice or anything else differs, and what
 * remains is that keys are in order.
 *
 * @returns undefined where that cannot be said so quickly: it may be canonical all the same, or be wrong
 */
function parsePlain(bytes: Uint8Array, options?: ParseOptions): unknown {
  const { maxBytes = MAX_JSON_BYTES, maxDepth = MAX_JSON_DEPTH } = options ?? {};
  if (bytes.length > maxBytes) return undefined;
  try {
    const text = UTF8.decode(bytes);
    const value: unknown = JSON.parse(text);
    if (!isOrdered(value, maxDepth) || JSON.stringify(value) !== text) return undefined;
    return text.includes("\\u") && ESCAPED_SURROGATE.test(text) ? undefined : value;
  } catch {
    return undefined;
  }
}

/**
 * Canonical text as JSON.stringify writes it once keys are in order, at a third of the work.
 *
 * @param value of which `requireJson` has found nothing that JSON.stringify would drop or misspell
 * @returns undefined where keys that look like indices take a place of their own, or where a surrogate may be alone
 */
function plainText(value: unknown): string | undefined {
  // Whoever writes much writes keys in order, and nothing has to be copied.
  const sorted = isOrdered(value, MAX_JSON_DEPTH) ? value : withSortedKeys(value);
  if (sorted !== value && !isOrdered(sorted, MAX_JSON_DEPTH)) return undefined;
  const text = JSON.stringify(sorted);
  return text.includes("\\u") && ESCAPED_SURROGATE.test(text) ? undefined : text;
}

function withSortedKeys(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value))
    return value.some((each) => typeof each === "object" && each !== null)
      ? value.map(withSortedKeys)
      : value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, withSortedKeys(each)]));
}

/** Whether all keys are in the order of their UTF-16 code units, and nothing nests deeper than this. */
function isOrdered(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  if (Array.isArray(value)) return value.every((each) => isOrdered(each, depth - 1));
  const keys = Object.keys(value);
  if (keys.some((key, i) => i > 0 && key <= (keys[i - 1] ?? ""))) return false;
  return Object.values(value).every((each) => isOrdered(each, depth - 1));
}

function parseText(bytes: Uint8Array, options?: ParseOptions): { value: unknown; text: string } {
  const { maxBytes = MAX_JSON_BYTES, maxDepth = MAX_JSON_DEPTH } = options ?? {};
  if (bytes.length > maxBytes) {
    throw altered("JSON_TOO_LARGE", `the JSON text has ${bytes.length} bytes, more than ${maxBytes}`);
  }
  const text = decodeUtf8(bytes);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw altered("JSON_MALFORMED", "the text is not JSON", { cause });
  }
  checkJsonShape(text, maxDepth);
  return { value, text };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (cause) {
    throw altered("JSON_MALFORMED", "the text is not UTF-8", { cause });
  }
}

/** What JSON cannot hold is refused here: the serialiser would drop or misspell some of it. */
function requireJson(value: unknown, depth: number): void {
  if (depth > MAX_JSON_DEPTH) {
    throw new EvidenceError(
      "JSON_TOO_DEEP",
      `values nest deeper than ${MAX_JSON_DEPTH}`,
      "Flatten the value.",
    );
  }
  if (value === null || typeof value === "string" || typeof value === "boolean") return;
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw unrepresentable(`${value} is not a JSON number`);
    return;
  }
  if (Array.isArray(value)) {
    for (const each of value) requireJson(each, depth + 1);
    return;
  }
  if (typeof value !== "object") throw unrepresentable(`a ${typeof value} is not a JSON value`);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw unrepresentable("only plain objects are JSON");
  for (const each of Object.values(value)) if (each !== undefined) requireJson(each, depth + 1);
}

function unrepresentable(message: string, cause?: unknown): EvidenceError {
  return new EvidenceError(
    "JSON_UNREPRESENTABLE",
    message,
    "Record finite numbers, text, lists and plain objects.",
    {
      cause,
    },
  );
}
