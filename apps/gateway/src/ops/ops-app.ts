import { Hono } from "hono";
import type { Metrics } from "./metrics.js";

/** Whether a gateway can answer, and what with. */
export interface Health {
  readonly ready: boolean;
  readonly models: readonly string[];
}

/**
 * What those who run the gateway look at, on an address of its own: `/health`, `/metrics` and `/admin`.
 *
 * @param admin from `adminApp`; null for no such page
 */
export function opsApp(metrics: Metrics, health: () => Health, admin: Hono | null = null): Hono {
  const app = new Hono();
  app.get("/health", (c) => {
    const now = health();
    return c.json(now, now.ready ? 200 : 503);
  });
  app.get("/metrics", async (c) => {
    const { contentType, body } = await metrics.text();
    return c.body(body, 200, { "content-type": contentType });
  });
  if (admin !== null) app.route("/", admin);
  app.notFound((c) => c.json({ error: "there is nothing here" }, 404));
  return app;
}
