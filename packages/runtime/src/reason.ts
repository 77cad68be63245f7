/** The runtime's messages can quote whole graphs. */
const MAX_REASON = 300;

/** The runtime's own words: first line only, without the place in its source. */
export function reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const [line = ""] = text.split("\n");
  return line.slice(0, MAX_REASON);
}
