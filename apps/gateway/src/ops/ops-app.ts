import { showFigures } from "@indicia/service/figures";
import { Hono } from "hono";
import type { Metrics } from "./metrics.js";

/** Whether a gateway can answer, and what with. */
export interface Health {
  readonly ready: boolean;
  readonly models: readonly string[];
  /** Whether the file of keys is in force as it is now, and why not; null where there is none. */
  readonly keys?: {
    readonly ok: boolean;
    readonly code: string | null;
    readonly since: string | null;
  } | null;
}

export interface OpsOptions {
  readonly metrics: Metrics;
  readonly health: () => Health;
  /** From `adminApp`; null for no such page. */
  readonly admin?: Hono | null;
}

/**
 * What those who run the gateway look at, on an address of its own: `/health` and `/metrics`, open to whoever reaches it, since
 * they speak of no account; and the page for people, `/admin`, behind a session.
 */
export function opsApp({ metrics, health, admin = null }: OpsOptions): Hono {
  const app = new Hono();
  app.get("/health", (c) => {
    const now = health();
    return c.json(now, now.ready ? 200 : 503);
  });
  app.get("/metrics", (c) => showFigures(c, metrics));
  if (admin !== null) app.route("/", admin);
  app.notFound((c) => c.json({ error: "there is nothing here", code: "NOT_FOUND" }, 404));
  return app;
}
