import { Hono } from "hono";
import { sql } from "kysely";
import type { OpenDatabase } from "../database/open.js";

/** A database that takes longer is of no use to anybody who waits. */
const PATIENCE_MS = 2000;

/** `GET /health/live`: the process answers. `GET /health/ready`: its database does, too. */
export function healthRoutes(database: OpenDatabase): Hono {
  const app = new Hono();
  app.get("/health/live", (c) => c.json({ live: true }));
  app.get("/health/ready", async (c) => {
    const ready = await answers(database);
    return c.json({ ready }, ready ? 200 : 503);
  });
  return app;
}

async function answers({ tables }: OpenDatabase): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), PATIENCE_MS);
  });
  const asked = sql`select 1`.execute(tables).then(
    () => true,
    () => false,
  );
  const ready = await Promise.race([asked, late]);
  clearTimeout(timer);
  return ready;
}
