import type { ValueInfo } from "@indicia/onnx/tensor";
import { type Context, type Handler, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { BadRequest } from "./bad-request.js";
import { callerOf } from "./caller.js";
import { datatypeOf } from "./datatypes.js";
import { decodeRequest, type InferRequest } from "./decode-request.js";
import type { Defence } from "./defences/defence.js";
import { encodeResponse } from "./encode-response.js";
import { answer, enter } from "./pipeline.js";
import type { Models, Served } from "./serving/models.js";

/** Largest request: thousands of rows of tokens as JSON. */
export const MAX_BODY_BYTES: number = 64 * 2 ** 20;
const JSON_LENGTH = "inference-header-content-length";

/** The Open Inference Protocol v2 over REST. */
export function openInferenceRoutes(models: Models): Hono {
  const app = new Hono();
  app.get("/v2", (c) =>
    c.json({ name: "indicia-gateway", version: "0.1.0", extensions: ["binary_tensor_data"] }),
  );
  app.get("/v2/health/live", (c) => c.json({ live: true }));
  app.get("/v2/health/ready", (c) => c.json({ ready: true }));
  app.post("/v2/repository/index", (c) =>
    c.json(models.list().map(({ model: { name, version } }) => ({ name, version, state: "READY" }))),
  );
  for (const base of ["/v2/models/:name", "/v2/models/:name/versions/:version"]) {
    app.get(base, (c) => c.json(metadata(modelOf(models, c))));
    app.get(`${base}/ready`, (c) => c.json({ name: modelOf(models, c).model.name, ready: true }));
    app.post(
      `${base}/infer`,
      bodyLimit({
        maxSize: MAX_BODY_BYTES,
        onError: (c) => c.json({ error: "the request is too large" }, 413),
      }),
      infer(models),
    );
  }
  return app;
}

function infer(models: Models): Handler {
  return (c) => {
    const served = modelOf(models, c);
    return models.using(served, async () => {
      const { model, defences } = served;
      const caller = callerOf(c, model.name);
      await enter(defences, caller);
      const body = new Uint8Array(await c.req.arrayBuffer());
      const header = c.req.header(JSON_LENGTH);
      const request = decodeRequest(body, header === undefined ? body.length : Number(header), model.inputs);
      const outputs = await answer(served, caller, { ...request, outputs: wanted(served, request) });
      const response = encodeResponse({ model: model.name, id: request.id, outputs, binary: request.binary });
      const headers: Record<string, string> =
        response.jsonLength === null
          ? { "content-type": "application/json" }
          : { "content-type": "application/octet-stream", [JSON_LENGTH]: String(response.jsonLength) };
      return c.body(new Uint8Array(response.body), 200, headers);
    });
  };
}

/** @throws BadRequest 404 */
export function modelOf(models: Models, c: Context): Served {
  const name = c.req.param("name") ?? "";
  const version = c.req.param("version");
  const served = models.find(name);
  if (served === null) throw new BadRequest(`there is no model "${name.slice(0, 100)}"`, 404);
  if (version !== undefined && version !== served.model.version)
    throw new BadRequest(`the model has no version "${version.slice(0, 100)}"`, 404);
  return served;
}

function wanted({ model }: Served, { outputs }: InferRequest): readonly string[] {
  const known = model.outputs.map(({ name }) => name);
  const unknown = outputs?.find((output) => !known.includes(output));
  if (unknown !== undefined) throw new BadRequest(`there is no output "${unknown}"`);
  return outputs ?? known;
}

function metadata({ model, defences }: Served): Record<string, unknown> {
  return {
    name: model.name,
    versions: [model.version],
    platform: "onnxruntime_onnx",
    inputs: model.inputs.map(described),
    outputs: model.outputs.map((output) => described(declared(defences, output))),
  };
}

function declared(defences: readonly Defence[], output: ValueInfo): ValueInfo {
  let seen = output;
  for (const defence of defences) seen = defence.declare?.(seen) ?? seen;
  return seen;
}

function described({ name, type, dims }: ValueInfo): { name: string; datatype: string; shape: number[] } {
  return {
    name,
    datatype: datatypeOf(type)?.name ?? "BYTES",
    shape: (dims ?? []).map((dim) => (typeof dim === "number" ? dim : -1)),
  };
}
