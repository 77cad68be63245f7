import { buildModel } from "@indicia/onnx/build";
import { openSession } from "@indicia/runtime/session";
import type { Hono } from "hono";
import { afterAll, describe, expect, it } from "vitest";
import { createApp } from "./app.js";
import { DATATYPES, type Datatype, datatypeNamed } from "./datatypes.js";
import { singleModel } from "./test-support/single-model.js";

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

/** A model of this datatype that answers what it is given. */
async function echoing({ type }: Datatype): Promise<Hono> {
  const value = { type, dims: ["N", 2] };
  const session = await openSession(
    buildModel({
      inputs: [{ name: "x", ...value }],
      outputs: [{ name: "y", ...value }],
      nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
    }),
  );
  closing.push(() => session.close());
  return createApp(singleModel({ session, name: "echo", policy: { kind: "full" } }));
}

function infer(
  app: Hono,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Response> {
  return Promise.resolve(
    app.request("/v2/models/echo/infer", { method: "POST", body: Buffer.from(body), headers }),
  );
}

/** The ends of each range, and what lies between. */
const VALUES: Readonly<Record<string, readonly number[]>> = {
  BOOL: [0, 1, 1, 0],
  UINT8: [0, 255, 1, 128],
  UINT16: [0, 65_535, 256, 32_768],
  UINT32: [0, 4_294_967_295, 65_536, 2_147_483_648],
  UINT64: [0, 9_007_199_254_740_991, 4_294_967_296, 7],
  INT8: [-128, 127, -1, 0],
  INT16: [-32_768, 32_767, -1, 256],
  INT32: [-2_147_483_648, 2_147_483_647, -1, 65_536],
  INT64: [-9_007_199_254_740_991, 9_007_199_254_740_991, -1, 4_294_967_296],
  FP16: [-1.5, 0.25, 65_504, 2 ** -24],
  FP32: [-1.5, 0.25, 3.4028234663852886e38, 1e-45],
  FP64: [-1.5, 0.1, Number.MAX_VALUE, Number.MIN_VALUE],
};

/** IEEE 754 binary16 of the values above. */
const HALVES: ReadonlyMap<number, number> = new Map([
  [-1.5, 0xbe00],
  [0.25, 0x3400],
  [65_504, 0x7bff],
  [2 ** -24, 0x0001],
]);

/** The same numbers written by hand, independently of what is tested. */
function littleEndian({ name, bytes }: Datatype, values: readonly number[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(values.length * bytes));
  for (const [i, value] of values.entries()) {
    if (name === "FP16") view.setUint16(i * bytes, HALVES.get(value) ?? 0, true);
    else if (name === "FP32") view.setFloat32(i * bytes, value, true);
    else if (name === "FP64") view.setFloat64(i * bytes, value, true);
    else
      for (let b = 0; b < bytes; b++)
        view.setUint8(i * bytes + b, Number((BigInt(value) >> BigInt(8 * b)) & 255n));
  }
  return new Uint8Array(view.buffer);
}

interface Answered {
  readonly outputs: readonly [
    {
      readonly shape: number[];
      readonly datatype: string;
      readonly data: number[];
      readonly parameters: unknown;
    },
  ];
}

describe.each(DATATYPES.map((each) => [each.name, each] as const))("%s", (name, datatype) => {
  const values = VALUES[name] ?? [];
  const head = { name: "x", shape: [2, 2], datatype: name };
  const expected = name === "FP32" ? values.map(Math.fround) : values;

  it("is declared, and goes through as JSON", async () => {
    const app = await echoing(datatype);
    const metadata = (await (await app.request("/v2/models/echo")).json()) as {
      inputs: unknown;
      outputs: unknown;
    };
    expect([metadata.inputs, metadata.outputs]).toEqual([
      [{ name: "x", datatype: name, shape: [-1, 2] }],
      [{ name: "y", datatype: name, shape: [-1, 2] }],
    ]);
    const response = await infer(app, JSON.stringify({ inputs: [{ ...head, data: values }] }));
    expect(response.status).toBe(200);
    const { outputs } = (await response.json()) as Answered;
    expect(outputs).toEqual([{ ...head, name: "y", data: expected }]);
  });

  it("goes through as bytes", async () => {
    const app = await echoing(datatype);
    const bytes = littleEndian(datatype, values);
    const json = Buffer.from(
      JSON.stringify({
        inputs: [{ ...head, parameters: { binary_data_size: bytes.length } }],
        outputs: [{ name: "y", parameters: { binary_data: true } }],
      }),
    );
    const response = await infer(app, Buffer.concat([json, bytes]), {
      "inference-header-content-length": String(json.length),
    });
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    const body = Buffer.from(await response.arrayBuffer());
    const length = Number(response.headers.get("inference-header-content-length"));
    const { outputs } = JSON.parse(body.subarray(0, length).toString()) as Answered;
    expect(outputs).toEqual([{ ...head, name: "y", parameters: { binary_data_size: bytes.length } }]);
    expect(body.subarray(length)).toEqual(Buffer.from(bytes));
  });
});

describe("numbers that are none of the type", () => {
  it.each([
    ["BOOL", 2],
    ["UINT8", 256],
    ["UINT8", -1],
    ["UINT16", 65_536],
    ["UINT32", 2 ** 32],
    ["UINT32", 0.5],
    ["INT8", 128],
    ["INT16", -32_769],
    ["INT32", 2 ** 31],
    ["INT64", 2 ** 53],
    ["UINT64", 2 ** 53],
    ["INT64", 1.5],
    ["FP16", null],
    ["FP32", null],
    ["FP32", "1"],
    ["FP64", {}],
  ])("%s does not take %j", async (name, value) => {
    const datatype = datatypeNamed(name);
    if (datatype === undefined) throw new Error(`no ${name}`);
    const inputs = [{ name: "x", shape: [1, 2], datatype: name, data: [0, value] }];
    const response = await infer(await echoing(datatype), JSON.stringify({ inputs }));
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({
      error: expect.stringContaining('input "x"'),
      code: "BAD_REQUEST",
    });
  });
});

it("booleans may be written as such", async () => {
  const datatype = datatypeNamed("BOOL");
  if (datatype === undefined) throw new Error("no BOOL");
  const inputs = [{ name: "x", shape: [1, 2], datatype: "BOOL", data: [[true, false]] }];
  const response = await infer(await echoing(datatype), JSON.stringify({ inputs }));
  expect(((await response.json()) as Answered).outputs[0].data).toEqual([1, 0]);
});
