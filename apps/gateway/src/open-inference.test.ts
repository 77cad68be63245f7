import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { openSession, type Session } from "@indicia/runtime/session";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createApp } from "./app.js";
import { type OutputPolicy, parsePolicy } from "./defences/output-policy.js";
import { singleModel } from "./test-support/single-model.js";

const { bytes, input, output } = tinyClassifier({ classes: 5 });
const WIDTH = 12;
let session: Session;
beforeAll(async () => {
  session = await openSession(bytes);
});
afterAll(() => session.close());

type Post = (request: unknown, headers?: Record<string, string>) => Promise<Response>;

function serving(policy: OutputPolicy = { kind: "full" }): {
  get: (page: string) => Promise<Response>;
  infer: Post;
} {
  const app = createApp(singleModel({ session, name: "tiny", policy }));
  return {
    get: async (page) => app.request(page),
    infer: async (request, headers = {}) =>
      app.request("/v2/models/tiny/infer", {
        method: "POST",
        body: request instanceof Uint8Array ? Buffer.from(request) : JSON.stringify(request),
        headers,
      }),
  };
}

const x = Float32Array.from({ length: 3 * WIDTH }, (_, i) => Math.sin(i));
const asked = (more: object = {}): object => ({
  id: "7",
  inputs: [{ name: input.name, shape: [3, WIDTH], datatype: "FP32", data: [...x] }],
  ...more,
});

interface Answered {
  readonly id: string;
  readonly outputs: readonly { name: string; shape: number[]; datatype: string; data: number[] }[];
}

async function outputOf(response: Response): Promise<Answered["outputs"][number]> {
  const { outputs } = (await response.json()) as Answered;
  const [first] = outputs;
  if (first === undefined) throw new Error("no output");
  return first;
}

async function expected(): Promise<Float32Array> {
  const answers = await session.run({ [input.name]: { type: "float32", dims: [3, WIDTH], data: x } });
  const data = answers[output]?.data;
  if (!(data instanceof Float32Array)) throw new TypeError("the model answers floats");
  return data;
}

describe("the Open Inference Protocol", () => {
  it.each([
    ["/v2/health/live", { live: true }],
    ["/v2/health/ready", { ready: true }],
    ["/v2/models/tiny/ready", { name: "tiny", ready: true }],
    ["/v2/models/tiny/versions/1/ready", { name: "tiny", ready: true }],
  ])("%s", async (page, body) => {
    const response = await serving().get(page);
    expect([response.status, await response.json()]).toEqual([200, body]);
  });

  it("describes server and model", async () => {
    const { get } = serving();
    expect(await (await get("/v2")).json()).toMatchObject({ extensions: ["binary_tensor_data"] });
    expect(await (await get("/v2/models/tiny")).json()).toMatchObject({
      name: "tiny",
      inputs: [{ name: input.name, datatype: "FP32", shape: [-1, WIDTH] }],
      outputs: [{ name: output, datatype: "FP32", shape: [-1, 5] }],
    });
    expect((await get("/v2/models/other")).status).toBe(404);
    expect((await get("/v3")).status).toBe(404);
  });

  it("answers what the model answers, in JSON", async () => {
    const response = await serving().infer(asked());
    const { id, outputs } = (await response.clone().json()) as Answered;
    expect(id).toBe("7");
    expect(outputs.map(({ name, shape, datatype }) => [name, shape, datatype])).toEqual([
      [output, [3, 5], "FP32"],
    ]);
    expect(Float32Array.from((await outputOf(response)).data)).toEqual(await expected());
  });

  it("takes nested lists and gives the same", async () => {
    const data = [0, 1, 2].map((row) => [...x.subarray(row * WIDTH, (row + 1) * WIDTH)]);
    const inputs = [{ name: input.name, shape: [3, WIDTH], datatype: "FP32", data }];
    expect((await outputOf(await serving().infer({ inputs }))).data).toEqual(
      (await outputOf(await serving().infer(asked()))).data,
    );
  });

  it("takes and gives bytes", async () => {
    const head = {
      inputs: [
        {
          name: input.name,
          shape: [3, WIDTH],
          datatype: "FP32",
          parameters: { binary_data_size: x.byteLength },
        },
      ],
      parameters: { binary_data_output: true },
    };
    const json = Buffer.from(JSON.stringify(head));
    const response = await serving().infer(Buffer.concat([json, Buffer.from(x.buffer)]), {
      "inference-header-content-length": String(json.length),
    });
    expect(response.status).toBe(200);
    const length = Number(response.headers.get("inference-header-content-length"));
    const body = new Uint8Array(await response.arrayBuffer());
    const { outputs } = JSON.parse(Buffer.from(body.subarray(0, length)).toString()) as {
      outputs: { parameters: { binary_data_size: number } }[];
    };
    expect(outputs[0]?.parameters.binary_data_size).toBe(3 * 5 * 4);
    expect(new Float32Array(body.slice(length).buffer)).toEqual(await expected());
  });

  it("answers a row the same whoever else is in the batch", async () => {
    const alone = await outputOf(
      await serving().infer({
        inputs: [
          { name: input.name, shape: [1, WIDTH], datatype: "FP32", data: [...x.subarray(WIDTH, 2 * WIDTH)] },
        ],
      }),
    );
    expect(alone.data).toEqual((await outputOf(await serving().infer(asked()))).data.slice(5, 10));
  });
});

describe("bad requests", () => {
  const one = { name: input.name, shape: [1, WIDTH], datatype: "FP32", data: [...x.subarray(0, WIDTH)] };
  it.each([
    ["no JSON", Buffer.from("{"), 400],
    ["no inputs", { inputs: [] }, 400],
    ["another input", { inputs: [{ ...one, name: "y" }] }, 400],
    ["an input twice", { inputs: [one, one] }, 400],
    ["another type", { inputs: [{ ...one, datatype: "INT64" }] }, 400],
    ["an unknown type", { inputs: [{ ...one, datatype: "FP128" }] }, 400],
    ["another shape", { inputs: [{ ...one, shape: [WIDTH, 1] }] }, 400],
    ["too few numbers", { inputs: [{ ...one, data: [1] }] }, 400],
    ["texts", { inputs: [{ ...one, data: Array.from({ length: WIDTH }, () => "1") }] }, 400],
    ["no data", { inputs: [{ ...one, data: undefined }] }, 400],
    ["an unknown output", { inputs: [one], outputs: [{ name: "z" }] }, 400],
    ["a binary size beyond the body", { inputs: [{ ...one, parameters: { binary_data_size: 48 } }] }, 400],
    ["no rows", { inputs: [{ ...one, shape: [0, WIDTH], data: [] }] }, 413],
  ])("%s", async (_, request, status) => {
    const response = await serving().infer(request);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({ error: expect.any(String), code: expect.any(String) });
  });

  it.each(["x", "-1", "1e9", "1.5"])("a header length of %s", async (length) => {
    const response = await serving().infer(asked(), { "inference-header-content-length": length });
    expect(response.status).toBe(400);
  });

  it("whatever is sent, the answer is JSON with a status below 500", async () => {
    const { infer } = serving();
    const part = fc.record(
      {
        name: fc.constantFrom(input.name, "y", "__proto__"),
        shape: fc.array(fc.integer({ min: -1, max: 13 }), { maxLength: 3 }),
        datatype: fc.constantFrom("FP32", "INT32", "BYTES"),
        data: fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 13 }),
        parameters: fc.record({ binary_data_size: fc.jsonValue({ maxDepth: 1 }) }),
      },
      { requiredKeys: [] },
    );
    const request = fc.oneof(fc.jsonValue(), fc.record({ inputs: fc.array(part, { maxLength: 2 }) }));
    await fc.assert(
      fc.asyncProperty(request, async (value) => {
        const response = await infer(value);
        expect(response.status).toBeLessThan(500);
        await response.json();
      }),
    );
  });
});

describe("output policies", () => {
  it("parses what it names, and nothing else", () => {
    expect(["full", "labels", "round:2", "top-k:3"].map(parsePolicy)).toEqual([
      { kind: "full" },
      { kind: "labels" },
      { kind: "round", decimals: 2 },
      { kind: "top-k", k: 3 },
    ]);
    expect(["", "round", "round:x", "top-k:0", "top-k:-1", "Full"].map(parsePolicy)).toEqual(
      Array.from({ length: 6 }, () => null),
    );
  });

  it("rounds", async () => {
    const shown = await outputOf(await serving({ kind: "round", decimals: 2 }).infer(asked()));
    const full = await expected();
    expect(shown.data).toEqual(Array.from(full, (value) => Math.fround(Number(value.toFixed(2)))));
  });

  it("shows the best k and zeros", async () => {
    const shown = await outputOf(await serving({ kind: "top-k", k: 2 }).infer(asked()));
    const full = await expected();
    for (let row = 0; row < 3; row++) {
      const own = [...full.subarray(row * 5, row * 5 + 5)];
      const second = own.toSorted((a, b) => b - a)[1] ?? 0;
      expect(shown.data.slice(row * 5, row * 5 + 5)).toEqual(
        own.map((value) => (value >= second ? value : 0)),
      );
    }
  });

  it("shows labels alone, and declares them", async () => {
    const { infer, get } = serving({ kind: "labels" });
    const shown = await outputOf(await infer(asked()));
    const full = await expected();
    const best = [0, 1, 2].map((row) => {
      const own = [...full.subarray(row * 5, row * 5 + 5)];
      return own.indexOf(Math.max(...own));
    });
    expect(shown).toMatchObject({ datatype: "INT64", shape: [3], data: best });
    expect(await (await get("/v2/models/tiny")).json()).toMatchObject({
      outputs: [{ datatype: "INT64", shape: [-1] }],
    });
  });
});
