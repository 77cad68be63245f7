import { buildModel } from "@indicia/onnx/build";
import type { Tensor, ValueInfo } from "@indicia/onnx/tensor";
import { openSession, type Session } from "@indicia/runtime/session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "./app.js";
import type { OutputPolicy } from "./defences/output-policy.js";
import { singleModel } from "./test-support/single-model.js";

const FLOATS = { type: "float32", dims: ["N", 3] } as const;
const LABELS = { type: "int64", dims: ["N"] } as const;
const table: Tensor = { type: "float32", dims: [4], data: Float32Array.of(0, 1, 2, 3) };
let session: Session;
let lookup: Session;
beforeAll(async () => {
  session = await openSession(
    buildModel({
      inputs: [{ name: "x", ...FLOATS }],
      outputs: [
        { name: "label", ...LABELS },
        { name: "p", ...FLOATS },
        { name: "q", ...FLOATS },
      ],
      nodes: [
        { op: "Softmax", inputs: ["x"], outputs: ["p"], attributes: { axis: 1 } },
        { op: "Neg", inputs: ["x"], outputs: ["q"] },
        { op: "ArgMax", inputs: ["x"], outputs: ["label"], attributes: { axis: 1, keepdims: 0 } },
      ],
    }),
  );
  const index: ValueInfo = { name: "i", type: "int64", dims: ["N"] };
  lookup = await openSession(
    buildModel({
      inputs: [index],
      outputs: [{ name: "y", type: "float32", dims: ["N"] }],
      nodes: [{ op: "Gather", inputs: ["table", "i"], outputs: ["y"] }],
      initializers: { table },
    }),
  );
});
afterAll(() => Promise.all([session.close(), lookup.close()]));

type Send = (page: string, init?: RequestInit) => Promise<Response>;
const app =
  (policy: OutputPolicy = { kind: "full" }): Send =>
  async (page, init) =>
    createApp(singleModel({ session, name: "three", policy })).request(page, init);
const posted = (request: unknown): RequestInit => ({ method: "POST", body: JSON.stringify(request) });
const x = { name: "x", shape: [2, 3], datatype: "FP32", data: [1, 2, 3, 3, 1, 2] };

interface Answered {
  readonly outputs: readonly { name: string; datatype: string; shape: number[]; data: number[] }[];
}
async function inferred(more: object = {}, policy?: OutputPolicy): Promise<Answered["outputs"]> {
  const response = await app(policy)("/v2/models/three/infer", posted({ inputs: [x], ...more }));
  expect(response.status).toBe(200);
  return ((await response.json()) as Answered).outputs;
}

describe("what is asked about", () => {
  it.each([
    ["/v2/health/live", { live: true }],
    ["/v2/health/ready", { ready: true }],
    ["/v2/models/three/ready", { name: "three", ready: true }],
  ])("%s", async (page, body) => {
    const response = await app()(page);
    expect([response.status, await response.json()]).toEqual([200, body]);
  });

  it("the index lists the one model", async () => {
    const response = await app()("/v2/repository/index", posted({}));
    expect(await response.json()).toEqual([{ name: "three", version: "1", state: "READY" }]);
  });

  it.each([
    ["GET", "/v2/models/four"],
    ["GET", "/v2/models/four/ready"],
    ["POST", "/v2/models/four/infer"],
    ["GET", "/v2/models/three/versions/2"],
    ["POST", "/v2/models/three/versions/2/infer"],
    ["GET", "/"],
  ])("%s %s is not there, and says so in JSON", async (method, page) => {
    const response = await app()(page, { method, ...(method === "POST" ? { body: "{}" } : {}) });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: expect.any(String), code: expect.any(String) });
  });
});

it.each([
  ["GET", "/v2/models/three/infer", "POST"],
  ["DELETE", "/v2/models/none/versions/1", "GET, HEAD"],
  ["PUT", "/v1/models", "GET, HEAD"],
])("%s %s is another method than the address has", async (method, page, allow) => {
  const response = await app()(page, { method });
  expect([response.status, response.headers.get("allow"), await response.json()]).toEqual([
    405,
    allow,
    { error: expect.any(String), code: "METHOD_NOT_ALLOWED" },
  ]);
});

it("a compressed body is not taken", async () => {
  const headers = { "content-encoding": "gzip" };
  const response = await app()("/v2/models/three/infer", { method: "POST", body: "{}", headers });
  expect([response.status, await response.json()]).toEqual([
    415,
    { error: expect.stringContaining("gzip"), code: "UNSUPPORTED_ENCODING" },
  ]);
});

describe("several outputs", () => {
  it("come in the model's order", async () => {
    expect((await inferred()).map(({ name, datatype, shape }) => [name, datatype, shape])).toEqual([
      ["label", "INT64", [2]],
      ["p", "FP32", [2, 3]],
      ["q", "FP32", [2, 3]],
    ]);
  });

  it("or only those that were asked for", async () => {
    const [first, ...others] = await inferred({ outputs: [{ name: "q" }] });
    expect([first, others]).toEqual([
      { name: "q", datatype: "FP32", shape: [2, 3], data: x.data.map((value) => -value) },
      [],
    ]);
    expect((await inferred({ outputs: [{ name: "q" }, { name: "q" }] })).map(({ name }) => name)).toEqual([
      "q",
    ]);
  });

  it.each([
    [{ kind: "full" }],
    [{ kind: "round", decimals: 1 }],
    [{ kind: "top-k", k: 1 }],
    [{ kind: "labels" }],
  ] as const)("are answered as they are declared under %j", async (policy) => {
    const { outputs } = (await (await app(policy)("/v2/models/three")).json()) as Answered;
    const answered = await inferred({}, policy);
    expect(
      answered.map(({ name, datatype, shape }) => ({ name, datatype, shape: [-1, ...shape.slice(1)] })),
    ).toEqual(outputs);
  });
});

it("scores of another width than 32 bits are declared as they are shown", async () => {
  const value = { type: "float16", dims: ["N", 2] } as const;
  const half = await openSession(
    buildModel({
      inputs: [{ name: "x", ...value }],
      outputs: [{ name: "y", ...value }],
      nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
    }),
  );
  const inputs = [{ name: "x", shape: [1, 2], datatype: "FP16", data: [0.75, 0.25] }];
  for (const [policy, datatype, data] of [
    [{ kind: "full" }, "FP16", [0.75, 0.25]],
    [{ kind: "round", decimals: 0 }, "FP32", [1, 0]],
    [{ kind: "top-k", k: 1 }, "FP32", [0.75, 0]],
  ] as const) {
    const serving = createApp(singleModel({ session: half, name: "h", policy }));
    const declared = (await (await serving.request("/v2/models/h")).json()) as Answered;
    const answered = (await (
      await serving.request("/v2/models/h/infer", posted({ inputs }))
    ).json()) as Answered;
    expect(declared.outputs).toEqual([{ name: "y", datatype, shape: [-1, 2] }]);
    expect(answered.outputs).toEqual([{ name: "y", datatype, shape: [1, 2], data }]);
  }
  await half.close();
});

describe("rows", () => {
  it("beyond one batch come back in order", async () => {
    const rows = 21;
    const data = Array.from({ length: rows * 3 }, (_, i) => i);
    const [q] = await inferred({ inputs: [{ ...x, shape: [rows, 3], data }], outputs: [{ name: "q" }] });
    expect(q?.shape).toEqual([rows, 3]);
    expect(q?.data).toEqual(data.map((value) => (value === 0 ? 0 : -value)));
  });
});

describe("too much, and what the model cannot do", () => {
  const tooLarge = 64 * 2 ** 20 + 1;

  it("a body that says it is too large is not read", async () => {
    const body = new ReadableStream({
      pull: () => {
        throw new Error("was read");
      },
    });
    const init = { method: "POST", body, duplex: "half", headers: { "content-length": String(tooLarge) } };
    const response = await app()("/v2/models/three/infer", init as RequestInit);
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({
      error: "the request is too large: send fewer rows at once",
      code: "TOO_LARGE",
    });
  });

  it("nor one that turns out to be", async () => {
    const chunk = new Uint8Array(2 ** 20);
    let sent = 0;
    const body = new ReadableStream({
      pull: (controller) => {
        sent++;
        if (sent > 100) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const response = await app()("/v2/models/three/infer", {
      method: "POST",
      body,
      duplex: "half",
    });
    expect(response.status).toBe(413);
    expect(sent).toBeLessThan(70);
  });

  it("an input that the model fails on is an error of the server, without its insides", async () => {
    const serving = createApp(singleModel({ session: lookup, name: "t", policy: { kind: "full" } }));
    const input = (value: number): RequestInit =>
      posted({ inputs: [{ name: "i", shape: [1], datatype: "INT64", data: [value] }] });
    const good = await serving.request("/v2/models/t/infer", input(2));
    expect(((await good.json()) as Answered).outputs[0]?.data).toEqual([2]);
    const bad = await serving.request("/v2/models/t/infer", input(9));
    expect([bad.status, await bad.json()]).toEqual([
      500,
      { error: "the model could not answer", code: "INTERNAL" },
    ]);
  });
});
