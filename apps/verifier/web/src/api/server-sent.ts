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
  let rest = "";
  return (piece) => {
    rest += piece;
    const events: ServerSentEvent[] = [];
    for (;;) {
      const end = /\r\n\r\n|\n\n|\r\r/.exec(rest);
      if (end === null) break;
      const event = readEvent(rest.slice(0, end.index));
      if (event !== null) events.push(event);
      rest = rest.slice(end.index + end[0].length);
    }
    if (rest.length > MAX_EVENT_CHARS) throw new Error("the stream of events holds one that does not end");
    return events;
  };
}

function readEvent(block: string): ServerSentEvent | null {
  let id: string | null = null;
  let event = "message";
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
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
