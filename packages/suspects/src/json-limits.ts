import { SuspectError } from "./error.js";

/** Nesting of an answer: batches of rows of numbers need four levels. */
const MAX_DEPTH = 32;

/**
 * Parse an answer's JSON.
 *
 * @throws SuspectError SUSPECT_PROTOCOL for anything that is not JSON, or nested beyond reason
 */
export function parseAnswer(body: Uint8Array): unknown {
  const text = new TextDecoder().decode(body);
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c) i++;
      else if (code === 0x22) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH) throw notJson("it is nested too deeply");
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notJson(error instanceof Error ? error.message.slice(0, 120) : "it cannot be parsed");
  }
}

function notJson(reason: string): SuspectError {
  return new SuspectError(
    "SUSPECT_PROTOCOL",
    `the endpoint's answer is not the JSON that was expected: ${reason}`,
    "Check the address and --protocol.",
  );
}

/** A JSON object, or null. */
export function asObject(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
}

/** All numbers of nested lists in order; null where anything else is among them. Booleans count as 0 and 1. */
export function flatNumbers(value: unknown, most: number): number[] | null {
  const out: number[] = [];
  const visit = (part: unknown): boolean => {
    if (Array.isArray(part)) return part.every(visit);
    const number = typeof part === "number" ? part : typeof part === "boolean" ? Number(part) : part === null ? Number.NaN : undefined;
    if (number === undefined || out.length >= most) return false;
    out.push(number);
    return true;
  };
  return visit(value) ? out : null;
}
