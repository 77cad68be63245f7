/** One event of a stream (HTML Living Standard, section 9.2.6). */
export interface ServerSentEvent {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

/** Longest event that is kept in memory; ours have some hundreds of characters. */
const MAX_EVENT_CHARS: number = 2 ** 20;

/**
 * Takes a stream apart, however it is cut into pieces.
 *
 * @returns a function that takes a piece of text and gives the events that it completes
 */
export function createEventParser(): (piece: string) => ServerSentEvent[] {
  let held = "";
  let rest = "";
  return (piece) => {
    const text = held + piece;
    // What ends a line may still come in two pieces.
    held = text.endsWith("\r") ? "\r" : "";
    rest += text.slice(0, text.length - held.length).replace(/\r\n?/g, "\n");
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    if (rest.length > MAX_EVENT_CHARS) throw new Error("the stream of events holds one that does not end");
    return blocks.map(readEvent).filter((event) => event !== null);
  };
}

function readEvent(block: string): ServerSentEvent | null {
  let id: string | null = null;
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "data") data.push(value);
    else if (field === "event") event = value;
    else if (field === "id") id = value;
  }
  // A comment, which keeps the connection alive.
  return data.length === 0 ? null : { id, event, data: data.join("\n") };
}
