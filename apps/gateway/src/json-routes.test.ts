import { buildModel } from "@indicia/onnx/build";
import { openSession, type Session } from "@indicia/runtime/session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "./app.js";
import type { OutputPolicy } from "./defences/output-policy.js";
import { singleModel } from "./test-support/single-model.js";

let images: Session;
let pair: Session;
beforeAll(async () => {
  images = await openSession(
    buildModel({
      inputs: [{ name: "x", type: "float32", dims: ["N", 2, 2] }],
      outputs: [{ name: "y", type: "float32", dims: ["N", 2, 2] }],
      nodes: [{ op: "Neg", inputs: ["x"], outputs: ["y"] }],
    }),
  );
  pair = await openSession(
    buildModel({
      inputs: [
        { name: "a", type: "float32", dims: ["N", 2] },
        { name: "k", type: "int64", dims: ["N"] },
      ],
      outputs: [
        { name: "p", type: "float32", dims: ["N", 2] },
        { name: "l", type: "int64", dims: ["N"] },
      ],
      nodes: [
        { op: "Softmax", inputs: ["a"], outputs: ["p"], attributes: { axis: 1 } },
        { op: "Neg", inputs: ["k"], outputs: ["l"] },
      ],
    }),
  );
});
afterAll(() => Promise.all([images.close(), pair.close()]));

async function send(
  session: Session,
  body: string,
  policy: OutputPolicy = { kind: "full" },
): Promise<{ status: number; body: Record<string, unknown> }> {
  const app = createApp(singleModel({ session, name: "m", policy }));
  const response = await app.request("/v1/models/m/predict", { method: "POST", body });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}
const predict = (session: Session, request: object, policy?: OutputPolicy): ReturnType<typeof send> =>
  send(session, JSON.stringify(request), policy);

describe("the JSON API", () => {
  it("takes rows nested as the input or flat, and answers them nested as the output", async () => {
    const rows = [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ];
    const answer = {
      model: "m",
      version: "1",
      rows: rows.map((row) => row.map((line) => line.map((v) => -v))),
    };
    expect(await predict(images, { rows })).toEqual({ status: 200, body: answer });
    expect(await predict(images, { rows: rows.map((row) => row.flat()) })).toEqual({
      status: 200,
      body: answer,
    });
  });

  it("takes a value for each of several inputs, and gives one for each of several outputs", async () => {
    const rows = [
      { a: [0, 0], k: 3 },
      { a: [1, 1], k: -4 },
    ];
    expect((await predict(pair, { rows })).body["rows"]).toEqual([
      { p: [0.5, 0.5], l: -3 },
      { p: [0.5, 0.5], l: 4 },
    ]);
    expect((await predict(pair, { rows, outputs: ["p"] }, { kind: "labels" })).body["rows"]).toEqual([0, 0]);
  });

  it("says what there is", async () => {
    const app = createApp(singleModel({ session: images, name: "m", policy: { kind: "labels" } }));
    const { models } = (await (await app.request("/v1/models")).json()) as { models: unknown[] };
    expect(models).toEqual([await (await app.request("/v1/models/m")).json()]);
    expect(models).toMatchObject([{ name: "m", outputs: [{ datatype: "INT64", shape: [-1] }] }]);
    expect((await app.request("/v1/models/n")).status).toBe(404);
  });
});

describe("what is no request is answered 4xx", () => {
  const deep = (depth: number): string => `{"rows": [${"[".repeat(depth)}${"]".repeat(depth)}]}`;
  it.each([
    ["nothing", ""],
    ["no JSON", "rows"],
    ["no rows", "{}"],
    ["rows that are none", '{"rows": 3}'],
    ["no row", '{"rows": []}'],
    ["another field", '{"rows": [[1,2,3,4]], "row": 1}'],
    ["too few numbers", '{"rows": [[1,2,3]]}'],
    ["another shape", '{"rows": [[[1,2,3,4]]]}'],
    ["rows that differ", '{"rows": [[1,2,3,4], [[1,2],[3,4]]]}'],
    ["ragged rows", '{"rows": [[[1,2],[3,4]], [[1,2,3],[4]]]}'],
    ["text", '{"rows": [["1","2","3","4"]]}'],
    ["null", '{"rows": [[1,2,3,null]]}'],
    ["an infinite number", '{"rows": [[1,2,3,1e999]]}'],
    ["a number that its type has not", '{"rows": [[1,2,3,1e300]]}'],
    ["an input that is not there", '{"rows": [{"x": [1,2,3,4], "z": 1}]}'],
    ["an input by another name", '{"rows": [{"z": [1,2,3,4]}]}'],
    ["an output that is not there", '{"rows": [[1,2,3,4]], "outputs": ["z"]}'],
    ["a prototype", '{"rows": [{"__proto__": [1,2,3,4]}]}'],
    ["deep lists", deep(100_000)],
    ["lists beyond number", `{"rows": [${"[],".repeat(1_000_001)}[]]}`],
    ["rows beyond number", `{"rows": [${"[1,2,3,4],".repeat(5000)}[1,2,3,4]]}`],
    ["a text that does not end", '{"rows": ["'],
  ])("%s", async (_, body) => {
    const { status, body: answer } = await send(images, body);
    expect([400, 413]).toContain(status);
    expect(answer).toEqual({ error: expect.any(String), code: expect.any(String) });
  });

  it("NaN as bytes", async () => {
    const app = createApp(singleModel({ session: images, name: "m", policy: { kind: "full" } }));
    for (const value of [Number.NaN, Number.NEGATIVE_INFINITY]) {
      const bytes = Buffer.from(Float32Array.of(1, 2, value, 4).buffer);
      const head = Buffer.from(
        JSON.stringify({
          inputs: [
            { name: "x", shape: [1, 2, 2], datatype: "FP32", parameters: { binary_data_size: bytes.length } },
          ],
        }),
      );
      const response = await app.request("/v2/models/m/infer", {
        method: "POST",
        body: Buffer.concat([head, bytes]),
        headers: { "inference-header-content-length": String(head.length) },
      });
      expect([response.status, await response.json()]).toEqual([
        400,
        { error: expect.stringContaining("NaN"), code: "BAD_REQUEST" },
      ]);
    }
  });
});
