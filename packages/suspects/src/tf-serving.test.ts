import type { Answer } from "@indicia/core/suspect";
import { describe, expect, it } from "vitest";
import { answered, askedJson, floats, opened, texts } from "./test-support/opened.js";
import { TF_DOCUMENTED, TF_METADATA_RECORDED } from "./test-support/recorded/tf-serving.js";

const vector = (...values: number[]): Answer => ({ kind: "vector", values: Float64Array.from(values) });
const label = (of: number | string): Answer => ({ kind: "label", label: of });
const lost = (reason: unknown): unknown => ({ kind: "lost", reason });

const SERVER = "http://m.test:8501";
const MODEL = `${SERVER}/v1/models/half_plus_three`;
const tf = { protocol: "tf-serving" } as const;

/** Metadata of a model with these tensors. */
function metadata(outputs: Readonly<Record<string, string>>): string {
  const tensors = (named: Readonly<Record<string, string>>): unknown =>
    Object.fromEntries(
      Object.entries(named).map(([name, dtype]) => [
        name,
        { dtype, tensor_shape: { dim: [{ size: "-1" }, { size: "2" }] } },
      ]),
    );
  const signature = { inputs: tensors({ x: "DT_INT32" }), outputs: tensors(outputs) };
  return JSON.stringify({ metadata: { signature_def: { signature_def: { serving_default: signature } } } });
}

describe("TensorFlow Serving", () => {
  it("is asked and read as its documentation shows", async () => {
    const { protocol } = await opened({ ...tf, at: MODEL, settings: { lone: "score" } });
    const x = floats([3], [1, 2, 5]);
    expect(protocol.encode({ x }).url.href).toBe(`${MODEL}:predict`);
    expect(askedJson(protocol, { x })).toEqual(JSON.parse(TF_DOCUMENTED.lone.request));
    expect(protocol.decode(answered(TF_DOCUMENTED.lone.answer), 3)).toEqual([
      vector(3.5),
      vector(4),
      vector(5.5),
    ]);
  });

  it.each([
    ["instances", TF_DOCUMENTED.rows],
    ["inputs", TF_DOCUMENTED.columns],
  ])("takes several inputs as documented: %s", async (format, documented) => {
    const { protocol } = await opened({ ...tf, at: MODEL, settings: { format } });
    const signal = floats([2, 5], [1, 2, 3, 4, 5, 3, 4, 1, 2, 5]);
    const sensor = floats([2, 2, 2], [1, 2, 3, 4, 4, 5, 6, 8]);
    expect(askedJson(protocol, { tag: texts("foo", "bar"), signal, sensor })).toEqual(documented);
  });

  it("says that it does not know a model as it does itself", async () => {
    const at = `${SERVER}/v1/models/half`;
    const pages = { [`${at}/metadata`]: { status: 404, body: TF_DOCUMENTED.unknown } };
    await expect(opened({ ...tf, at }, pages)).rejects.toMatchObject({ code: "SUSPECT_MODEL_UNKNOWN" });
    // A gateway before it that keeps its metadata back is asked all the same.
    const { protocol } = await opened({ ...tf, at });
    expect(protocol.decode(answered(TF_DOCUMENTED.unknown, { status: 404 }), 1)).toEqual([
      lost("HTTP status 404: Servable not found for request: Latest(half)"),
    ]);
  });

  it("declares what its recorded metadata say, by signature", async () => {
    const at = `${SERVER}/v1/models/saved_model_counter`;
    const pages = { [`${at}/metadata`]: TF_METADATA_RECORDED };
    const { protocol } = await opened({ ...tf, at, settings: { signature: "incr_counter_by" } }, pages);
    expect(protocol.inputs).toEqual([{ name: "delta", type: "float32", dims: null }]);
    expect(askedJson(protocol, { delta: floats([1], [3]) })).toEqual({
      signature_name: "incr_counter_by",
      instances: [3],
    });
    // It has no signature of the default name.
    await expect(opened({ ...tf, at }, pages)).rejects.toMatchObject({
      code: "SUSPECT_CONFIG",
      message: expect.stringContaining('"incr_counter_by", "reset_counter"') as string,
    });
  });

  it.each<[string, string | null, Readonly<Record<string, unknown>>, string]>([
    ["/v1/models/m", null, {}, "/v1/models/m:predict"],
    ["/v1/models/m:predict", null, {}, "/v1/models/m:predict"],
    ["/v1/models/m/versions/3", null, {}, "/v1/models/m/versions/3:predict"],
    ["/v1/models/m/versions/3/metadata", null, { version: 4 }, "/v1/models/m/versions/4:predict"],
    ["/v1/models/m/labels/canary:predict", null, {}, "/v1/models/m/labels/canary:predict"],
    ["/v1/models/m/versions/3", "other", {}, "/v1/models/other:predict"],
    [
      "/proxied/v1/models/m?key=1",
      null,
      { versionLabel: "a b" },
      "/proxied/v1/models/m/labels/a%20b:predict?key=1",
    ],
    ["/", "m", {}, "/v1/models/m:predict"],
    ["/v1", "m", {}, "/v1/models/m:predict"],
  ])("is addressed by any page of a model: %s", async (page, model, settings, predict) => {
    const { protocol } = await opened({ ...tf, at: SERVER + page, model, settings });
    expect(protocol.encode({ x: floats([1], [1]) }).url.href).toBe(SERVER + predict);
  });

  it("needs a model's name", async () => {
    await expect(opened({ ...tf, at: SERVER })).rejects.toMatchObject({ code: "SUSPECT_MODEL_UNKNOWN" });
  });

  it("reads the output that looks like scores, or the one that is named", async () => {
    const pages = { [`${MODEL}/metadata`]: metadata({ ids: "DT_INT64", scores: "DT_FLOAT" }) };
    const answer = answered({ predictions: [{ ids: [7, 8], scores: [0.25, 0.75] }] });
    const { protocol } = await opened({ ...tf, at: MODEL }, pages);
    expect(protocol.decode(answer, 1)).toEqual([vector(0.25, 0.75)]);
    const { protocol: named } = await opened({ ...tf, at: MODEL, settings: { output: "ids" } }, pages);
    expect(named.decode(answer, 1)).toEqual([vector(7, 8)]);
    await expect(opened({ ...tf, at: MODEL, output: "none" }, pages)).rejects.toMatchObject({
      code: "SUSPECT_OUTPUT_UNKNOWN",
    });
  });

  it("takes a lone whole number for a class where it is declared so, and for a score where it is a float", async () => {
    const answer = answered({ predictions: [1, 0] });
    const ids = { [`${MODEL}/metadata`]: metadata({ ids: "DT_INT64" }) };
    expect((await opened({ ...tf, at: MODEL }, ids)).protocol.decode(answer, 2)).toEqual([
      label(1),
      label(0),
    ]);
    const sigmoid = { [`${MODEL}/metadata`]: metadata({ p: "DT_FLOAT" }) };
    expect((await opened({ ...tf, at: MODEL }, sigmoid)).protocol.decode(answer, 2)).toEqual([
      vector(1),
      vector(0),
    ]);
  });

  it("puts classes beside scores in their places, in whatever order they come", async () => {
    const settings = { classes: ["cat", "dog", "bird"] };
    const { protocol } = await opened({ ...tf, at: MODEL, settings });
    const row = { classes: ["dog", "cat"], scores: [0.7, 0.2] };
    expect(protocol.decode(answered({ predictions: [row] }), 1)).toEqual([vector(0.2, 0.7, Number.NaN)]);
    expect(protocol.decode(answered({ predictions: ["bird"] }), 1)).toEqual([label(2)]);
  });

  it("takes images as marked base64", async () => {
    const settings = { input: { as: "image", scale: 1 } };
    const { protocol } = await opened({ ...tf, at: MODEL, settings });
    const asked = askedJson(protocol, { x: floats([1, 1, 1, 1], [7]) });
    expect(asked).toEqual({ instances: [{ b64: expect.stringMatching(/^iVBORw0KGgo/) }] });
  });

  it.each([
    [{ format: "rows" }],
    [{ version: 1, versionLabel: "a" }],
    [{ classes: ["a", "a"] }],
    [{ maxRows: 0 }],
    [{ input: { as: "image", std: 0 } }],
    [{ input: { as: "text", layout: "NCHW" } }],
    [{ signatures: "x" }],
  ])("refuses settings that are none: %j", async (settings) => {
    await expect(opened({ ...tf, at: MODEL, settings })).rejects.toMatchObject({ code: "SUSPECT_CONFIG" });
  });
});
