import { randomUUID } from "node:crypto";
import type { Context, MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Logger } from "pino";
import { BadRequest } from "../bad-request.js";
import { Refusal } from "../defences/refusal.js";
import { toldError } from "@indicia/service/told-error";
import type { Metrics } from "./metrics.js";
import { beginNotes, type RequestNotes } from "./notes.js";
import type { Observations } from "./observations.js";
import type { Traces } from "./traces.js";

export interface WatchOptions {
  readonly metrics: Metrics;
  readonly log: Logger;
  readonly traces: Traces;
  /** Whether a model of that name is served: other names would be labels without end. */
  readonly serves: (model: string) => boolean;
  /** Told of every request of an account about a model. */
  readonly observations?: Observations | null;
}

/** Header by which a client can name the request that he asks about. */
const REQUEST_ID = "x-request-id";

/** Count, log and trace every request. */
export function watchRequests(options: WatchOptions): MiddlewareHandler {
  const { metrics, log, traces, serves, observations = null } = options;
  return async (c, next) => {
    const notes = beginNotes(c, randomUUID());
    const began = performance.now();
    await traces.request(`${c.req.method} ${c.req.path.slice(0, 200)}`, async (note) => {
      // Said before there is an answer: one that is made already would be made again as a stream to take it.
      c.header(REQUEST_ID, notes.requestId);
      await next();
      const seconds = (performance.now() - began) / 1000;
      const seen = whatHappened(c, notes, serves);
      metrics.answered({ ...seen, seconds });
      note(
        { "http.route": seen.route, "http.response.status_code": seen.status, "indicia.model": seen.model },
        seen.status >= 500,
      );
      const { requestId, account, address, shown } = notes;
      const refused = seen.refusal !== null;
      if (account !== null && seen.model !== "" && (refused || seen.rows > 0))
        observations?.served({ account, rows: seen.rows, refused });
      tell(log, c, { ...seen, seconds, requestId, account, address, shown });
    });
  };
}

interface Seen {
  readonly model: string;
  readonly route: string;
  readonly status: number;
  readonly rows: number;
  readonly refusal: string | null;
}

function whatHappened(c: Context, notes: RequestNotes, serves: (model: string) => boolean): Seen {
  const { status } = c.res;
  const route = routePath(c, -1);
  const model = /^\/v\d+\/models\/([^/]+)/.exec(c.req.path)?.[1] ?? "";
  return {
    model: serves(model) ? model : "",
    route: route.includes("*") ? "other" : route,
    status,
    rows: status < 400 ? notes.rows : 0,
    refusal: refusalOf(c.error),
  };
}

function refusalOf(error: Error | undefined): string | null {
  if (error instanceof Refusal) return error.code;
  return error instanceof BadRequest ? "BAD_REQUEST" : null;
}

/** One line for each request; with its headers, less what is secret, where everything is to be told. */
function tell(
  log: Logger,
  c: Context,
  seen: Seen & Omit<RequestNotes, "rows"> & { readonly seconds: number },
): void {
  const level = levelOf(seen.status);
  if (!log.isLevelEnabled(level)) return;
  const { seconds, requestId, account, address, shown, ...rest } = seen;
  const line = { requestId, method: c.req.method, ...rest, account, ms: Math.round(seconds * 1e5) / 100 };
  const headers = log.isLevelEnabled("debug") ? { headers: c.req.header() } : {};
  if (level === "error") log.error({ ...line, ...headers, error: toldError(c.error) }, "failed");
  else if (level === "warn") log.warn({ ...line, address, shown, ...headers }, "refused");
  else log.info({ ...line, ...headers }, "answered");
}

function levelOf(status: number): "error" | "warn" | "info" {
  if (status >= 500) return "error";
  return status >= 400 ? "warn" : "info";
}
