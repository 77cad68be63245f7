import type { Monitor, Standing } from "@indicia/defence/monitor/monitor";
import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { z } from "zod";
import type { Metrics } from "./metrics.js";

/** Largest request: the names of a model and an account. */
const MAX_BODY_BYTES = 4096;

/** Whether a gateway can answer, and what with. */
export interface Health {
  readonly ready: boolean;
  readonly models: readonly string[];
}

export interface OpsOptions {
  readonly metrics: Metrics;
  readonly health: () => Health;
  /** Monitors by the names of their models. */
  readonly monitors: ReadonlyMap<string, Pick<Monitor, "standings" | "forgive">>;
  /** Told that an account was forgiven. */
  readonly forgiven: (model: string, account: string) => void;
}

const forgiveSchema = z.strictObject({ model: z.string().max(200), account: z.string().max(500) });

/**
 * What those who run the gateway look at, on an address of its own: `/health`, `/metrics`, and `/accounts`, which shows how
 * accounts stand with the monitor, the most suspicious first. `POST /accounts/forgive` lets one begin anew.
 */
export function opsApp({ metrics, health, monitors, forgiven }: OpsOptions): Hono {
  const app = new Hono();
  app.get("/health", (c) => {
    const now = health();
    return c.json(now, now.ready ? 200 : 503);
  });
  app.get("/metrics", async (c) => {
    const { contentType, body } = await metrics.text();
    return c.body(body, 200, { "content-type": contentType });
  });
  app.get("/accounts", (c) =>
    c.json(
      [...monitors].map(([model, monitor]) => ({ model, accounts: monitor.standings().sort(bySuspicion) })),
    ),
  );
  app.post("/accounts/forgive", bodyLimit({ maxSize: MAX_BODY_BYTES }), async (c) => {
    // A page of somebody else's, open in the browser of who runs this, cannot send this type without being asked.
    if (c.req.header("content-type") !== "application/json")
      return c.json({ error: "send application/json" }, 415);
    const asked = forgiveSchema.safeParse(await c.req.json().catch(() => null)).data;
    const monitor = asked === undefined ? undefined : monitors.get(asked.model);
    if (asked === undefined || monitor === undefined)
      return c.json({ error: "name a model and an account" }, 400);
    monitor.forgive(asked.account);
    forgiven(asked.model, asked.account);
    return c.json({ forgiven: asked.account });
  });
  app.notFound((c) => c.json({ error: "there is nothing here" }, 404));
  return app;
}

function bySuspicion(a: Standing, b: Standing): number {
  return b.suspicion - a.suspicion || b.score - a.score;
}
