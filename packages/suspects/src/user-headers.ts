import { SuspectError } from "./error.js";

/** Headers that say how a message is framed; whoever sends it sets them. */
const OF_FRAMING: readonly string[] = [
  "accept-encoding",
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "transfer-encoding",
  "upgrade",
];

/**
 * Headers that a user gave, their names in lower case so that each comes once.
 *
 * @throws SuspectError SUSPECT_CONFIG for headers that are not the user's to set
 */
export function requestHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => [
    name.toLowerCase(),
    value,
  ]);
  const framing = entries.find(([name]) => OF_FRAMING.includes(name));
  if (framing === undefined) return Object.fromEntries(entries);
  throw new SuspectError(
    "SUSPECT_CONFIG",
    `the header "${framing[0]}" cannot be set`,
    "Leave it out; it is set for each request.",
  );
}
