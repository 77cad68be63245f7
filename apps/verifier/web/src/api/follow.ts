import type { InvestigationEvent } from "../../../src/shapes/investigations.js";
import { ApiError, isAbort } from "./api-error.js";
import type { Client } from "./client.js";
import { createEventParser } from "./server-sent.js";

export type Connection = "connecting" | "open" | "waiting";

export interface FollowOptions {
  readonly client: Client;
  readonly investigation: string;
  readonly onEvent: (event: InvestigationEvent) => void;
  readonly onConnection: (state: Connection) => void;
  readonly signal: AbortSignal;
}

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

/**
 * Follow an investigation until it is aborted, and connect again wherever the connection breaks, from the event after the
 * last that arrived.
 */
export async function follow(options: FollowOptions): Promise<void> {
  const { signal, onConnection } = options;
  let last: string | null = null;
  let wait = FIRST_WAIT_MS;
  while (!signal.aborted) {
    onConnection("connecting");
    try {
      await readOnce(options, last, (id) => {
        last = id ?? last;
        wait = FIRST_WAIT_MS;
      });
    } catch (error) {
      if (isAbort(error)) return;
      // What is gone or forbidden does not come back by asking again.
      if (error instanceof ApiError && [403, 404].includes(error.status)) return;
    }
    if (signal.aborted) return;
    onConnection("waiting");
    await sleep(wait, signal);
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }
}

async function readOnce(
  { client, investigation, onEvent, onConnection, signal }: FollowOptions,
  last: string | null,
  onId: (id: string | null) => void,
): Promise<void> {
  const response = await client.stream(
    `/investigations/${investigation}/events`,
    { accept: "text/event-stream", ...(last === null ? {} : { "last-event-id": last }) },
    signal,
  );
  onConnection("open");
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const parse = createEventParser();
  for (;;) {
    const piece = await reader?.read();
    if (piece === undefined || piece.done) return;
    for (const { id, data } of parse(piece.value)) {
      onId(id);
      onEvent(JSON.parse(data) as InvestigationEvent);
    }
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
