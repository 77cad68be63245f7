import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import { type SSEStreamingApi, streamSSE } from "hono/streaming";
import { problems } from "../http/answers.js";
import type { Env } from "../http/env.js";
import { idParams } from "../http/fields.js";
import { newApi } from "../http/new-api.js";
import { requires } from "../http/requires.js";
import type { Services } from "../services.js";
import type { InvestigationState } from "../shapes/investigations.js";
import { readInvestigation } from "./rows.js";
import { notFound } from "./transitions.js";
import { atOnce } from "../tasks/at-once.js";

/** How often the table is looked at: any process may have written to it. */
const POLL_MS = 500;
/** A comment now and then keeps the connection open through whatever stands between. */
const HEARTBEAT_MS = 15_000;
const EVENTS_AT_ONCE = 200;
/** Streams of one user, in each process: more pages than anybody has open. Each asks the database twice a second. */
const MOST_STREAMS = 20;
/** After which a stream ends and the client asks again, so that whoever may no longer see it is turned away. */
const STREAM_MS = 300_000;
const END_STATES: readonly InvestigationState[] = ["concluded", "failed", "cancelled"];

const watch = createRoute({
  method: "get",
  path: "/investigations/{id}/events",
  tags: ["Investigations"],
  summary: "What happens to an investigation, as it happens (server-sent events); ends with its end",
  description: "A stream ends after five minutes in any case; ask again with `Last-Event-ID` then.",
  request: {
    params: idParams,
    headers: z.object({ "last-event-id": z.string().optional() }),
  },
  responses: {
    200: {
      description: "First its state, then events, each with an id from which `Last-Event-ID` goes on",
      content: { "text/event-stream": { schema: z.string() } },
    },
    204: { description: "It has ended, and everything was told" },
    ...problems,
  },
});

/** Live progress. */
export function eventRoutes({ database }: Services): OpenAPIHono<Env> {
  const { tables } = database;
  const streams = atOnce(MOST_STREAMS);
  const api = newApi();
  api.get("/investigations/:id/events", requires("viewer"));

  const newestEvent = async (id: string): Promise<number> => {
    const row = await tables
      .selectFrom("investigation_events")
      .select((each) => each.fn.max("id").as("newest"))
      .where("investigation", "=", id)
      .executeTakeFirst();
    return Number(row?.newest ?? 0);
  };

  api.openapi(watch, async (c) => {
    const { id } = c.req.valid("param");
    // Read before the state, so that whatever comes between is told twice and not never.
    const newest = await newestEvent(id);
    const now = await readInvestigation(tables, id);
    if (now === null) throw notFound();
    const asked = c.req.valid("header")["last-event-id"];
    const seen = asked !== undefined && /^\d{1,15}$/.test(asked) ? Number(asked) : null;
    const hasEnded = END_STATES.includes(now.state);
    if (hasEnded && seen !== null && seen >= newest) return c.body(null, 204);
    const done = streams.take(c.var.signedIn.userId);
    const tell = async (stream: SSEStreamingApi): Promise<void> => {
      const began = performance.now();
      let last = seen ?? newest;
      if (seen === null) {
        const data = JSON.stringify({ kind: "state", investigation: now });
        await stream.writeSSE({ event: "state", id: String(newest), data });
        if (hasEnded) return;
      }
      let spoke = performance.now();
      while (!stream.aborted && !stream.closed && performance.now() - began < STREAM_MS) {
        const rows = await tables
          .selectFrom("investigation_events")
          .select(["id", "kind", "body"])
          .where("investigation", "=", id)
          .where("id", ">", String(last))
          .orderBy("id")
          .limit(EVENTS_AT_ONCE)
          .execute();
        for (const { id: event, kind, body } of rows) {
          last = Number(event);
          const data = JSON.stringify({ kind, ...(body as object) });
          await stream.writeSSE({ event: kind, id: event, data });
          spoke = performance.now();
          if (kind === "state" && END_STATES.includes(stateIn(body))) return;
        }
        if (rows.length === 0 && (await readInvestigation(tables, id)) === null) return;
        if (performance.now() - spoke > HEARTBEAT_MS) {
          await stream.write(": still here\n\n");
          spoke = performance.now();
        }
        if (rows.length < EVENTS_AT_ONCE) await stream.sleep(POLL_MS);
      }
    };
    return streamSSE(c, (stream) => tell(stream).finally(done));
  });
  return api;
}

function stateIn(body: unknown): InvestigationState {
  return (body as { investigation: { state: InvestigationState } }).investigation.state;
}
