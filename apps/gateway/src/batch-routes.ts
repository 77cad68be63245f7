import type { Hono } from "hono";
import { BadRequest } from "./bad-request.js";
import { readBatchRequest } from "./batch-request.js";
import { callerOf } from "./caller.js";
import { modelOf } from "./infer.js";
import { limitedBody } from "./limited-body.js";
import { enter } from "./pipeline.js";
import type { Models, Served } from "./serving/models.js";

/** Where customers post batches that they fix beforehand; the model need not be named where there is one. */
export function addBatchRoutes(app: Hono, models: Models, maxBodyBytes: number): void {
  const limit = limitedBody(maxBodyBytes);
  for (const path of ["/v2/indicia/batches", "/v2/models/:name/batches"]) {
    app.post(path, limit, async (c) => {
      const served = c.req.param("name") === undefined ? only(models) : modelOf(models, c);
      if (served.batch === null) throw new BadRequest("there is nothing here", 404);
      const caller = callerOf(c, served.model.name, "batch");
      await enter(served.defences, caller);
      const { queries, signature } = readBatchRequest(await c.req.json().catch(() => null));
      await served.batch(caller.account?.customer ?? null, queries, signature);
      return c.json({ queries: queries.length });
    });
  }
}

function only(models: Models): Served {
  const [first, ...others] = models.list().filter(({ batch }) => batch !== null);
  if (first !== undefined && others.length === 0) return first;
  throw new BadRequest("there is nothing here", 404);
}
