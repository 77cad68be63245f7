import { altered } from "./error.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;

/**
 * What JSON.parse lets pass: nesting that later recursion could not bear, and a key that one object has twice (of
 * which JSON.parse keeps the last, another reader perhaps the first).
 *
 * @param text JSON that JSON.parse has accepted
 * @throws EvidenceError JSON_TOO_DEEP, JSON_DUPLICATE_KEY
 */
export function checkJsonShape(text: string, maxDepth: number): void {
  /** Keys seen so far in each open object; null for an open array. */
  const open: (Set<string> | null)[] = [];
  let last: { from: number; to: number } | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const to = stringEnd(text, at);
      last = { from: at, to };
      at = to - 1;
    } else if (code === COLON && last !== null) {
      addKey(open.at(-1) ?? null, text.slice(last.from, last.to));
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      open.push(code === OPEN_OBJECT ? new Set() : null);
      if (open.length > maxDepth)
        throw altered("JSON_TOO_DEEP", `the JSON text nests deeper than ${maxDepth}`);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      open.pop();
    }
  }
}

/** Index after the closing quote of the string that opens at `from`. */
function stringEnd(text: string, from: number): number {
  let at = text.indexOf('"', from + 1);
  while (at !== -1) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return at + 1;
    at = text.indexOf('"', at + 1);
  }
  return text.length;
}

function addKey(keys: Set<string> | null, literal: string): void {
  if (keys === null) return;
  // Two spellings of one key, "a" and "\u0061", are the same key.
  const key = String(JSON.parse(literal));
  if (keys.has(key)) throw altered("JSON_DUPLICATE_KEY", "a JSON object has the same key twice");
  keys.add(key);
}
