import { Hono } from "hono";
import { callerOf } from "./caller.js";
import { decodeRequest } from "./decode-request.js";
import { encodeResponse } from "./encode-response.js";
import { inferRoute, modelOf } from "./infer.js";
import { limitedBody } from "./limited-body.js";
import { metadata, visible } from "./metadata.js";
import { look } from "./pipeline.js";
import type { LiveModel } from "./serving/live-model.js";
import type { Models } from "./serving/models.js";

const JSON_LENGTH = "inference-header-content-length";

/** The Open Inference Protocol v2 over REST. */
export function openInferenceRoutes(models: Models, maxBodyBytes: number): Hono {
  const app = new Hono();
  app.get("/v2", (c) =>
    c.json({ name: "indicia-gateway", version: "0.1.0", extensions: ["binary_tensor_data"] }),
  );
  app.get("/v2/health/live", (c) => c.json({ live: true }));
  app.get("/v2/health/ready", (c) => {
    const ready = models.list().every(({ model }) => isReady(model));
    return c.json({ ready }, ready ? 200 : 503);
  });
  app.post("/v2/repository/index", async (c) => {
    const seen = await visible(models, c);
    return c.json(seen.map(({ model: { name, version } }) => ({ name, version, state: "READY" })));
  });
  const infer = inferRoute(
    models,
    (c, body, { inputs }) => {
      const header = c.req.header(JSON_LENGTH);
      return decodeRequest(body, header === undefined ? body.length : Number(header), inputs);
    },
    (c, { id, binary }, outputs, { name }) => {
      const { body, jsonLength } = encodeResponse({ model: name, id, outputs, binary });
      const headers: Record<string, string> =
        jsonLength === null
          ? { "content-type": "application/json" }
          : { "content-type": "application/octet-stream", [JSON_LENGTH]: String(jsonLength) };
      return c.body(new Uint8Array(body), 200, headers);
    },
  );
  for (const base of ["/v2/models/:name", "/v2/models/:name/versions/:version"]) {
    app.get(base, async (c) => {
      const served = modelOf(models, c);
      await look(served.defences, callerOf(c, served.model.name, "metadata"));
      return c.json(metadata(served));
    });
    app.get(`${base}/ready`, (c) => {
      const { model } = modelOf(models, c);
      const ready = isReady(model);
      return c.json({ name: model.name, ready }, ready ? 200 : 503);
    });
    app.post(`${base}/infer`, limitedBody(maxBodyBytes), infer);
  }
  return app;
}

function isReady(model: Pick<LiveModel, "ready">): boolean {
  return model.ready?.() !== false;
}
