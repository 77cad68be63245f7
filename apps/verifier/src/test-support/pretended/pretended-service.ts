import { readFileSync } from "node:fs";
import path from "node:path";
import { Hono } from "hono";
import { streamSSE } from "hono/streaming";
import { securityHeaders } from "../../http/security-headers.js";
import type { Page, Problem } from "../../shapes/common.js";
import type { InvestigationEvent, Overview } from "../../shapes/investigations.js";
import { COPIES } from "./copies.js";
import * as scene from "./scene.js";

const BUILT: string = path.join(import.meta.dirname, "../../../dist/web");
const EXAMPLE: string = path.join(
  import.meta.dirname,
  "../../../../../packages/evidence/examples/evidence-6.zip",
);
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
const PAGE_SIZE = 50;

/** What a test turns while a page is open. */
export interface Pretence {
  signedIn: boolean;
  /** Ends every connection of events at once, and refuses new ones. */
  eventsDown: boolean;
  /** Answered to every POST and PATCH but those of signing in, where it is set. */
  refusal: Problem | null;
  /** What was posted, by path. */
  readonly posted: { readonly path: string; readonly body: unknown; readonly key: string | null }[];
  /** Connections of events so far, with the last event that each said it had. */
  readonly connections: (string | null)[];
}

export interface PretendedService {
  readonly app: Hono;
  readonly pretence: Pretence;
}

/**
 * The page's other side, made of nothing but the shapes: for states that the real service reaches after hours, or never.
 * It serves the page as it was built, under the headers of the real one.
 */
export function pretendedService(): PretendedService {
  const pretence: Pretence = {
    signedIn: true,
    eventsDown: false,
    refusal: null,
    posted: [],
    connections: [],
  };
  const app = new Hono();
  app.use(securityHeaders(false));
  app.route("/api/v1", api(pretence));
  app.get("*", (c) => {
    const asked = c.req.path.startsWith("/assets/") ? c.req.path : "/index.html";
    const type = TYPES[path.extname(asked)] ?? "application/octet-stream";
    return c.body(new Uint8Array(readFileSync(path.join(BUILT, asked))), 200, { "content-type": type });
  });
  return { app, pretence };
}

function api(pretence: Pretence): Hono {
  const { posted } = pretence;
  const routes = new Hono();
  routes.use(async (c, next) => {
    const signingIn = c.req.path.endsWith("/session") && c.req.method === "POST";
    if (!pretence.signedIn && !signingIn) return problem(SIGN_IN);
    if (c.req.method !== "GET" && !signingIn && pretence.refusal !== null) return problem(pretence.refusal);
    await next();
    return undefined;
  });
  routes.get("/session", (c) => c.json(scene.ME));
  routes.post("/session", (c) => {
    pretence.signedIn = true;
    return c.json(scene.ME, 201);
  });
  routes.delete("/session", (c) => {
    pretence.signedIn = false;
    return c.body(null, 204);
  });
  const lists: Readonly<Record<string, readonly object[]>> = {
    "/models": [scene.MODEL, scene.REGISTERING, scene.FAILED],
    "/models/m1/copies": COPIES,
    "/suspects": [scene.SUSPECT, scene.FILE_SUSPECT],
    "/investigations": scene.INVESTIGATIONS,
    "/probe-sets": scene.PROBE_SETS,
    "/owner-keys": scene.OWNER_KEYS,
    "/users": scene.USERS,
    "/keys": scene.API_KEYS,
    "/audit": scene.AUDIT,
    "/investigations/i2/exchanges": scene.EXCHANGES,
  };
  for (const [at, items] of Object.entries(lists)) {
    routes.get(at, (c) => {
      const from = Number(c.req.query("cursor") ?? 0);
      const more = from + PAGE_SIZE < items.length;
      const page: Page<object> = {
        items: items.slice(from, from + PAGE_SIZE),
        next: more ? String(from + PAGE_SIZE) : null,
      };
      return c.json(page);
    });
    for (const item of items)
      if ("id" in item)
        routes.get(`${at}/${String(item.id)}`, (c) => c.json(item, 200, { etag: `"${String(item.id)}"` }));
  }
  routes.get("/investigations/:id/exchanges", (c) => c.json({ items: [], next: null }));
  routes.get("/investigations/:id/findings", (c) => c.json(scene.FINDINGS));
  routes.get("/investigations/:id/evidence", (c) =>
    c.body(new Uint8Array(readFileSync(EXAMPLE)), 200, { "content-type": "application/zip" }),
  );
  routes.get("/suspects/:id/history", (c) => c.json(scene.HISTORY));
  routes.get("/audit/check", (c) =>
    c.json({ intact: true, entries: 3, head: "0".repeat(64), brokenAt: null }),
  );
  routes.get("/overview", (c) => c.json(overview()));
  routes.get("/investigations/:id/events", (c) => {
    pretence.connections.push(c.req.header("last-event-id") ?? null);
    if (pretence.eventsDown) return problem({ ...SIGN_IN, status: 503, code: "UNAVAILABLE" });
    return streamSSE(c, async (stream) => {
      const asked = scene.INVESTIGATIONS.find(({ id }) => id === c.req.param("id")) ?? scene.RUNNING;
      const state: InvestigationEvent = { kind: "state", investigation: asked };
      const running: readonly InvestigationEvent[] = [
        { kind: "progress", step: { stage: "asking", done: 700, total: 1500 }, asked: 700, lost: 1 },
        {
          kind: "look",
          look: { time: "", probes: 512, lost: 1, T: 10.4, log10P: -19.5, log10PIdeal: -19.5 },
        },
      ];
      const events = asked.state === "running" ? [state, ...running] : [state];
      for (const [index, event] of events.entries())
        await stream.writeSSE({ id: String(index + 1), event: event.kind, data: JSON.stringify(event) });
      while (!pretence.eventsDown && !stream.aborted) await stream.sleep(50);
    });
  });
  routes.post("*", async (c) => {
    const isJson = c.req.header("content-type") === "application/json";
    const body: unknown = isJson ? await c.req.json() : null;
    posted.push({
      path: c.req.path.slice("/api/v1".length),
      body,
      key: c.req.header("idempotency-key") ?? null,
    });
    if (c.req.path.endsWith("/uploads"))
      return c.json(
        {
          id: `up${posted.length}`,
          name: c.req.query("name"),
          bytes: 9,
          sha256: "0".repeat(64),
          uploaded: "",
        },
        201,
      );
    if (c.req.path.endsWith("/keys")) return c.json({ ...scene.API_KEYS[0], key: "ivk_shown-once" }, 201);
    return c.json({ ...scene.SUSPECT, id: "s1" }, 201);
  });
  routes.patch("/models/:id", async (c) => {
    const body = await c.req.json<object>();
    posted.push({ path: `PATCH /models/${c.req.param("id")}`, body, key: c.req.header("if-match") ?? null });
    return c.json({ ...scene.MODEL, ...body });
  });
  routes.patch("/suspects/:id", async (c) => {
    const body = await c.req.json<object>();
    posted.push({
      path: `PATCH /suspects/${c.req.param("id")}`,
      body,
      key: c.req.header("if-match") ?? null,
    });
    return c.json({ ...scene.SUSPECT, ...body });
  });
  routes.notFound(() =>
    problem({ ...SIGN_IN, status: 404, code: "NOT_FOUND", detail: "there is nothing here" }),
  );
  return routes;
}

function overview(): Overview {
  const investigations = {
    draft: 1,
    queued: 0,
    running: 1,
    paused: 1,
    "awaiting-key": 1,
    concluded: 1,
    failed: 0,
    cancelled: 0,
  };
  return { models: 3, suspects: 2, investigations, newest: scene.INVESTIGATIONS, version: "0.1.0" };
}

const SIGN_IN: Problem = {
  type: "about:blank",
  title: "Unauthorized",
  status: 401,
  detail: "nobody is signed in",
  code: "SIGN_IN_REQUIRED",
  hint: "Sign in, or send an API key.",
};

function problem(body: Problem): Response {
  return new Response(JSON.stringify(body), {
    status: body.status,
    headers: { "content-type": "application/problem+json" },
  });
}
