import { tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { Hono } from "hono";
import { afterEach, describe, expect, it } from "vitest";
import { createApp } from "../app.js";
import { inOrder } from "../defences/order.js";
import { outputPolicy } from "../defences/output-policy.js";
import { type Listening, listen } from "@indicia/service/listen";
import { fixedModels } from "./models.js";
import { openLiveModel } from "./open-model.js";
import { openRemoteModel } from "./remote-model.js";

const tiny = tinyClassifier({ classes: 4 });
const ROWS = Object.values(tinyInputs(tiny, 5, 3)).flatMap(({ data }) => {
  const flat = Array.from(data, Number);
  return Array.from({ length: 5 }, (_, row) => flat.slice(row * 12, (row + 1) * 12));
});
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function serving(app: Pick<Hono, "fetch">): Promise<Listening> {
  const listening = await listen(app, { port: 0, host: "127.0.0.1" });
  closing.push(() => listening.close());
  return listening;
}

async function proxyTo({ address }: Listening, more: object = {}): Promise<Hono> {
  const model = await openRemoteModel({
    name: "outer",
    version: "1",
    url: new URL(address),
    protocol: "oip",
    model: "inner",
    config: null,
    headers: {},
    allowPrivate: true,
    scores: { output: tiny.output, classes: 4, tail: "softmax" },
    ...more,
  });
  closing.push(() => model.close());
  const defences = inOrder([outputPolicy({ kind: "full" })]);
  return createApp({ models: fixedModels([{ model, defences, batch: null }]) });
}

async function predict(app: Hono): Promise<{ status: number; body: { rows?: number[][]; code?: string } }> {
  const response = await app.request("/v1/models/outer/predict", {
    method: "POST",
    body: JSON.stringify({ rows: ROWS }),
  });
  return { status: response.status, body: (await response.json()) as { rows?: number[][]; code?: string } };
}

describe("a proxy", () => {
  it("answers what the endpoint answers, and says that it has no features", async () => {
    const model = await openLiveModel({ name: "inner", version: "1", model: tiny.bytes, workers: 1 });
    closing.push(() => model.close());
    const inner = createApp({ models: fixedModels([{ model, defences: [], batch: null }]) });
    const direct = await inner.request("/v1/models/inner/predict", {
      method: "POST",
      body: JSON.stringify({ rows: ROWS }),
    });
    const { rows } = (await direct.json()) as { rows: number[][] };
    const { status, body } = await predict(await proxyTo(await serving(inner)));
    expect([status, body.rows]).toEqual([200, rows]);
  });

  const metadata = {
    name: "inner",
    inputs: [{ name: tiny.input.name, datatype: "FP32", shape: [-1, 12] }],
    outputs: [{ name: tiny.output, datatype: "FP32", shape: [-1, 4] }],
  };
  const endpoint = (answer: (rows: number) => Response | Promise<Response>): Hono =>
    new Hono()
      .get("/v2/models/inner", (c) => c.json(metadata))
      .post("/v2/models/inner/infer", async (c) => {
        const { inputs } = await c.req.json<{ inputs: { shape: number[] }[] }>();
        return answer(inputs[0]?.shape[0] ?? 0);
      });
  const scores = (rows: number, width: number): Response =>
    Response.json({
      model_name: "inner",
      outputs: [
        {
          name: tiny.output,
          datatype: "FP32",
          shape: [rows, width],
          data: new Array(rows * width).fill(0.25),
        },
      ],
    });

  it.each([
    ["fails", () => new Response("oh", { status: 500 })],
    ["refuses", () => new Response("no", { status: 401 })],
    ["talks of something else", () => Response.json({ hello: "secret" })],
    ["tells other classes", (rows: number) => scores(rows, 3)],
    ["tells too few rows", (rows: number) => scores(rows - 1, 4)],
  ])("answers 502 where the endpoint %s, without its words", async (_, answer) => {
    const { status, body } = await predict(await proxyTo(await serving(endpoint(answer))));
    expect([status, body]).toEqual([502, { error: expect.any(String), code: "UPSTREAM_FAILED" }]);
    expect(JSON.stringify(body)).not.toContain("secret");
  });

  it("answers 504 where the endpoint is late, and 502 where it is gone", async () => {
    const late = await serving(
      endpoint(() => new Promise((resolve) => setTimeout(resolve, 400, scores(5, 4)))),
    );
    const proxy = await proxyTo(late, { timeoutMs: 150 });
    expect(await predict(proxy)).toMatchObject({ status: 504, body: { code: "UPSTREAM_LATE" } });
    await late.close();
    expect((await predict(proxy)).status).toBe(502);
  });

  it("is not opened before an address that it may not reach", async () => {
    const server = await serving(endpoint((rows) => scores(rows, 4)));
    await expect(proxyTo(server, { allowPrivate: false })).rejects.toMatchObject({ code: "SUSPECT_ADDRESS" });
  });
});
