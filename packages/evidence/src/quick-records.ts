import type { AnswerRecord, IntentRecord } from "./transcript-records.js";

const HASH = /^[0-9a-f]{64}$/;

/**
 * Whether a value is an intent as `intentSchema` has it, found at a tenth of its work: a transcript can have a hundred
 * thousand. False only means that the schema is to be asked, which also says what is wrong.
 */
export function isIntentRecord(value: unknown): value is IntentRecord {
  if (!hasFields(value, 6)) return false;
  const { method, url, headers, body, sha256, probes } = value as Record<keyof IntentRecord, unknown>;
  return (
    typeof method === "string" &&
    typeof url === "string" &&
    areHeaders(headers) &&
    typeof body === "string" &&
    isHash(sha256) &&
    Array.isArray(probes) &&
    probes.every(isCount)
  );
}

/** As `isIntentRecord`, for `answerSchema`. */
export function isAnswerRecord(value: unknown): value is AnswerRecord {
  if (!hasFields(value, 7)) return false;
  const { intent, status, headers, body, sha256, address, certificate } = value as Record<
    keyof AnswerRecord,
    unknown
  >;
  return (
    isCount(intent) &&
    isCount(status) &&
    status <= 999 &&
    areHeaders(headers) &&
    typeof body === "string" &&
    isHash(sha256) &&
    (address === null || typeof address === "string") &&
    (certificate === null || isHash(certificate))
  );
}

/** An object with so many fields: where all that are asked for are there, none is left over. */
function hasFields(value: unknown, count: number): value is object {
  return isObject(value) && Object.keys(value).length === count;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** What the schema makes of a header called __proto__ is left to the schema. */
export function areHeaders(value: unknown): value is Record<string, string> {
  return (
    isObject(value) &&
    !Object.hasOwn(value, "__proto__") &&
    Object.values(value).every((each) => typeof each === "string")
  );
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && HASH.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
