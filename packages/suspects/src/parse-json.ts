import { SuspectError } from "./error.js";

/** Nesting of an answer: batches of rows of numbers need four levels. */
const MAX_DEPTH = 32;
/** Characters of a parser's complaint that are passed on; it may quote the answer. */
const MAX_COMPLAINT = 120;

/**
 * Parse JSON that may be hostile. Beside RFC 8259 the bare NaN and Infinity are understood, which servers in Python
 * write: NaN like null, infinities as what they are.
 *
 * @param fail makes the error of a reason, such as "it is nested too deeply"
 */
export function parseJson(bytes: Uint8Array, fail: (reason: string) => Error): unknown {
  const text = new TextDecoder().decode(bytes);
  const bare = checkNesting(text, fail);
  try {
    return JSON.parse(bare ? withoutBareNumbers(text) : text);
  } catch (error) {
    throw fail(error instanceof Error ? error.message.slice(0, MAX_COMPLAINT) : "it cannot be parsed");
  }
}

/**
 * Parse an endpoint's answer.
 *
 * @throws SuspectError SUSPECT_PROTOCOL
 */
export function parseAnswer(body: Uint8Array): unknown {
  return parseJson(
    body,
    (reason) =>
      new SuspectError(
        "SUSPECT_PROTOCOL",
        `the endpoint does not answer with the JSON that was expected: ${reason}`,
        "Check the address and --protocol.",
      ),
  );
}

/** @returns whether a capital N or I stands outside strings, where JSON has none */
function checkNesting(text: string, fail: (reason: string) => Error): boolean {
  let depth = 0;
  let inString = false;
  let bare = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 0x5c /* \ */) i++;
      else if (code === 0x22 /* " */) inString = false;
    } else if (code === 0x22) inString = true;
    else if (code === 0x5b /* [ */ || code === 0x7b /* { */) {
      if (++depth > MAX_DEPTH) throw fail("it is nested too deeply");
    } else if (code === 0x5d /* ] */ || code === 0x7d /* } */) depth--;
    else if (code === 0x4e /* N */ || code === 0x49 /* I */) bare = true;
  }
  // Or else looking for bare numbers would look for this text's end once per quotation mark within it.
  if (inString) throw fail("it ends within a text");
  return bare;
}

function withoutBareNumbers(text: string): string {
  return text.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"|-?\bInfinity\b|\bNaN\b/gs, (found) => {
    if (found.startsWith('"')) return found;
    // A number beyond all doubles parses as the infinity it stands for.
    return found === "NaN" ? "null" : `${found.startsWith("-") ? "-" : ""}1e999`;
  });
}
