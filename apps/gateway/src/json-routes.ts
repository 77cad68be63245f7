import { Hono } from "hono";
import { callerOf } from "./caller.js";
import { decodeRows } from "./decode-rows.js";
import { encodeRows } from "./encode-rows.js";
import { inferRoute, modelOf } from "./infer.js";
import { limitedBody } from "./limited-body.js";
import { listed, metadata } from "./metadata.js";
import { look } from "./pipeline.js";
import type { Models } from "./serving/models.js";

/** A small JSON API: `POST /v1/models/NAME/predict` with `{"rows": [...]}` is answered `{"model", "version", "rows"}`. */
export function jsonRoutes(models: Models, maxBodyBytes: number): Hono {
  const app = new Hono();
  app.get("/v1/models", async (c) => c.json({ models: await listed(models, c) }));
  app.get("/v1/models/:name", async (c) => {
    const served = modelOf(models, c);
    await look(served.defences, callerOf(c, served.model.name, "metadata"));
    return c.json(metadata(served));
  });
  app.post(
    "/v1/models/:name/predict",
    limitedBody(maxBodyBytes),
    inferRoute(
      models,
      (_, body, { inputs }) => decodeRows(body, inputs),
      (c, { rows }, outputs, { name, version }) =>
        c.json({ model: name, version, rows: encodeRows(outputs, rows) }),
    ),
  );
  return app;
}
