import { BadRequest } from "./bad-request.js";

/** Nesting at most: tensors of the largest rank within their request. */
const MAX_DEPTH = 24;
/** Lists and objects at most: thousands of rows of images by line; each takes tens of bytes once parsed. */
const MAX_CONTAINERS = 1_000_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: readonly number[] = [0x5b, 0x7b];
const CLOSING: readonly number[] = [0x5d, 0x7d];

/** Parse a request, however hostile. @throws BadRequest */
export function parseRequest(bytes: Uint8Array): unknown {
  if (hasMoreOpenings(bytes, MAX_DEPTH)) checkNesting(bytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new BadRequest("the body is not JSON", 400, { cause });
  }
}

/** Whether so many lists or objects are opened that they could nest too deeply; most requests open a handful. */
function hasMoreOpenings(bytes: Uint8Array, most: number): boolean {
  let found = 0;
  for (const opening of OPENING)
    for (let at = bytes.indexOf(opening); at !== -1; at = bytes.indexOf(opening, at + 1))
      if (++found > most) return true;
  return false;
}

/** All that matters here is ASCII, which no other character's bytes contain in UTF-8. */
function checkNesting(bytes: Uint8Array): void {
  let depth = 0;
  let containers = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte < 0x5b) continue;
    else if (OPENING.includes(byte)) {
      depth++;
      containers++;
      if (depth > MAX_DEPTH) throw new BadRequest("the body is nested too deeply");
      if (containers > MAX_CONTAINERS) throw new BadRequest("the body holds too many lists", 413);
    } else if (CLOSING.includes(byte)) depth--;
  }
}
