import type { Answer } from "@indicia/core/suspect";
import { describe, expect, it } from "vitest";
import { answered, askedJson, floats, opened, texts } from "./test-support/opened.js";
import { TORCHSERVE_RECORDED } from "./test-support/recorded/torchserve.js";

const vector = (...values: number[]): Answer => ({ kind: "vector", values: Float64Array.from(values) });
const lost = { kind: "lost", reason: expect.any(String) as string };
const SERVER = "http://m.test:8080";
const torch = { protocol: "torchserve", at: SERVER } as const;
const CATS = ["lynx", "tabby", "tiger_cat", "Egyptian_cat", "persian"];

describe("TorchServe", () => {
  it("answers an image with its best classes by name, the others kept back", async () => {
    const settings = { classes: CATS, input: { as: "image", scale: 1 } };
    const { protocol } = await opened({ ...torch, model: "densenet161", settings });
    const request = protocol.encode({ x: floats([1, 3, 2, 2], Array<number>(12).fill(9)) });
    expect(request.url.href).toBe(`${SERVER}/predictions/densenet161`);
    expect(request.headers).toEqual({ "content-type": "image/png" });
    expect(Buffer.from(request.body).subarray(1, 4).toString()).toBe("PNG");
    expect(protocol.decode(answered(TORCHSERVE_RECORDED.scores), 1)).toEqual([
      vector(
        0.0032067003194242716,
        0.27249985933303833,
        0.13740447163581848,
        0.04627467691898346,
        Number.NaN,
      ),
    ]);
    expect(protocol.decode(answered(TORCHSERVE_RECORDED.list), 1)).toEqual([
      vector(0.0012828214094042778, 0.4633878469467163, 0.46933549642562866, 0.06456148624420166, Number.NaN),
    ]);
  });

  it("answers with the best class and its probability", async () => {
    const classes = ["n02123159 tiger cat", "n02123045 tabby, tabby cat"];
    const { protocol } = await opened({
      ...torch,
      model: "resnet-18",
      settings: { classes, version: "2.0" },
    });
    expect(protocol.encode({ x: floats([1, 1], [1]) }).url.pathname).toBe("/predictions/resnet-18/2.0");
    expect(protocol.decode(answered(TORCHSERVE_RECORDED.best), 1)).toEqual([
      vector(Number.NaN, 0.42514491081237793),
    ]);
  });

  it("speaks KServe's protocol as recorded", async () => {
    const { text, request, answer } = TORCHSERVE_RECORDED.named;
    const settings = { member: "data", input: { as: "text" } };
    const at = `${SERVER}/v1/models/bert:predict`;
    const { protocol } = await opened({ ...torch, at, settings });
    expect(protocol.encode({ t: texts(text) }).url.href).toBe(at);
    expect(askedJson(protocol, { t: texts(text) })).toEqual(request);
    expect(protocol.decode(answered(answer), 1)).toEqual([{ kind: "label", label: "Accepted" }]);
    expect(protocol.decode(answered(TORCHSERVE_RECORDED.kserve), 1)).toEqual([{ kind: "label", label: 2 }]);
  });

  it("is sent text as it is, and may answer with a name as it is", async () => {
    const settings = { input: { as: "text" }, classes: ["Accepted", "Not Accepted"] };
    const { protocol } = await opened({ ...torch, model: "bert", settings });
    const { headers, body } = protocol.encode({ t: texts("Grüße") });
    expect([headers["content-type"], new TextDecoder().decode(body)]).toEqual(["text/plain", "Grüße"]);
    expect(protocol.decode(answered("Not Accepted", { type: "text/plain" }), 1)).toEqual([
      { kind: "label", label: 1 },
    ]);
    expect(protocol.decode(answered("Somewhat Accepted", { type: "text/plain" }), 1)).toEqual([lost]);
  });

  it("reads indices of classes that have no names", async () => {
    const { protocol } = await opened({ ...torch, model: "m", settings: { classes: 4 } });
    expect(protocol.decode(answered({ "3": 0.5, "0": 0.25 }), 1)).toEqual([
      vector(0.25, Number.NaN, Number.NaN, 0.5),
    ]);
  });

  it("loses names that nobody has placed, and says how to place them", async () => {
    const { protocol } = await opened({ ...torch, model: "m" });
    expect(protocol.decode(answered(TORCHSERVE_RECORDED.scores), 1)).toEqual([
      { kind: "lost", reason: expect.stringContaining('"classes" in --config') as string },
    ]);
    expect(protocol.read?.(answered(TORCHSERVE_RECORDED.scores), 1)[0]).toMatchObject({ kind: "scores" });
  });

  it.each([
    ["a name twice", '[{"a": 0.5}, {"a": 0.25}]'],
    ["an infinite score", '{"a": 1e999}'],
    ["scores in words", '{"a": "0.5"}'],
    ["nothing", "{}"],
    ["an empty list", "[]"],
    ["objects without scores", '[{"label": "a"}]'],
    ["lists in lists", '[[[["a"]]]]'],
  ])("loses %s", async (_, body) => {
    const { protocol } = await opened({ ...torch, model: "m", settings: { classes: ["a", "b"] } });
    expect(protocol.decode(answered(body), 1)).toEqual([lost]);
  });

  it("passes on what the server says of its error", async () => {
    const { protocol } = await opened({ ...torch, model: "m" });
    const error = { code: 507, type: "InternalServerException", message: "Worker died." };
    expect(protocol.decode(answered(error, { status: 507 }), 1)).toEqual([
      { kind: "lost", reason: "HTTP status 507: Worker died." },
    ]);
  });

  it("needs a model's name", async () => {
    await expect(opened(torch)).rejects.toMatchObject({ code: "SUSPECT_MODEL_UNKNOWN" });
    const settings = { api: "kserve" };
    await expect(opened({ ...torch, settings })).rejects.toMatchObject({ code: "SUSPECT_MODEL_UNKNOWN" });
  });
});
