import { showFigures } from "@indicia/service/figures";
import { Hono } from "hono";
import type { OpenDatabase } from "../database/open.js";
import { healthRoutes } from "./health-routes.js";
import type { Metrics } from "./metrics.js";

/** Health and figures for those who run the service, on an address that only they reach. */
export function opsApp(database: OpenDatabase, metrics: Metrics): Hono {
  const app = new Hono();
  app.route("/", healthRoutes(database));
  app.get("/metrics", (c) => showFigures(c, metrics));
  return app;
}
