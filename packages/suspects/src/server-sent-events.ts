export interface ServerSentEvent {
  /** "message" where the server does not say. */
  readonly event: string;
  readonly data: string;
}

/** The events of a stream that has ended, those without data left out (HTML standard, section 9.2.6). */
export function serverSentEvents(body: Uint8Array): ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  let event = "";
  let data: string[] = [];
  for (const line of new TextDecoder().decode(body).split(/\r\n|\n|\r/)) {
    if (line === "") {
      if (data.length > 0) events.push({ event: event === "" ? "message" : event, data: data.join("\n") });
      event = "";
      data = [];
      continue;
    }
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  // What no empty line ends was cut off, and is no event.
  return events;
}
