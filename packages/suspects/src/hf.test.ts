import type { Answer } from "@indicia/core/suspect";
import { describe, expect, it } from "vitest";
import { doubles, answered, askedJson, floats, opened, texts } from "./test-support/opened.js";
import { knownInputs } from "./test-support/known-function.js";
import { type LabOptions, openLab } from "./test-support/lab.js";
import { memoryRecorder } from "./test-support/memory-recorder.js";
import { spokenHf } from "./test-support/spoken-rest.js";
import { HF_RECORDED } from "./test-support/recorded/hugging-face.js";

const vector = (...values: number[]): Answer => ({ kind: "vector", values: Float64Array.from(values) });
const ROUTED = "https://router.huggingface.co/hf-inference";
const TEXT = { as: "text" } as const;
const hf = { protocol: "hf", at: ROUTED } as const;

describe("Hugging Face's inference", () => {
  it.each<[string, string | null, string]>([
    [ROUTED, "google/vit-base", `${ROUTED}/models/google/vit-base`],
    [`${ROUTED}/models/a/b`, null, `${ROUTED}/models/a/b`],
    [`${ROUTED}/models/a/b`, "c/d", `${ROUTED}/models/c/d`],
    [
      "https://api-inference.huggingface.co",
      "distilbert",
      "https://api-inference.huggingface.co/models/distilbert",
    ],
    ["https://x.endpoints.huggingface.cloud/", null, "https://x.endpoints.huggingface.cloud/"],
  ])("is addressed at %s for %s", async (at, model, url) => {
    const { protocol } = await opened({ ...hf, at, model, settings: { input: TEXT } });
    expect(protocol.encode({ t: texts("a") }).url.href).toBe(url);
  });

  it("classifies text, asked as documented and read as recorded", async () => {
    const settings = { input: TEXT, classes: ["NEGATIVE", "POSITIVE"] };
    const { protocol } = await opened({ ...hf, model: "distilbert", settings });
    const { text, answer } = HF_RECORDED.sentiment;
    expect(askedJson(protocol, { t: texts(text) })).toEqual({ inputs: text });
    const expected = [vector(0.00012611244164872915, 0.9998738765716553)];
    expect(protocol.decode(answered(answer), 1)).toEqual(expected);
    // Routed providers leave the outer list off (hub-docs, `tasks/text-classification.md`).
    expect(protocol.decode(answered(answer[0]), 1)).toEqual(expected);
    expect(protocol.decode(answered([answer[0][0]]), 1)).toEqual([vector(Number.NaN, 0.9998738765716553)]);
  });

  it("reads classes that are named by their numbers", async () => {
    const { protocol } = await opened({ ...hf, model: "m", settings: { input: TEXT, classes: 5 } });
    const scores = HF_RECORDED.numbered[0].map(({ score }) => score);
    expect(protocol.decode(answered(HF_RECORDED.numbered), 1)).toEqual([vector(...scores)]);
    const made = [{ label: "LABEL_4", score: 0.5 }];
    expect(protocol.decode(answered(made), 1)).toEqual([
      vector(Number.NaN, Number.NaN, Number.NaN, Number.NaN, 0.5),
    ]);
  });

  it("asks for several texts where the user says that the server takes them", async () => {
    const settings = { input: TEXT, classes: ["a", "b"], maxRows: 8, topK: 1 };
    const { protocol } = await opened({ ...hf, model: "m", settings });
    expect(protocol.maxRows).toBe(8);
    expect(askedJson(protocol, { t: texts("x", "y") })).toEqual({
      inputs: ["x", "y"],
      parameters: { top_k: 1 },
    });
    const rows = [[{ label: "a", score: 0.5 }], [{ label: "b", score: 0.75 }]];
    expect(protocol.decode(answered(rows), 2)).toEqual([vector(0.5, Number.NaN), vector(Number.NaN, 0.75)]);
    expect(protocol.decode(answered(rows.flat()), 2)).toEqual([
      vector(0.5, Number.NaN),
      vector(Number.NaN, 0.75),
    ]);
  });

  it("classifies images: the bytes alone, or base64 beside parameters", async () => {
    const input = { as: "image", scale: 1 };
    const image = { x: floats([1, 1, 2, 2], [0, 1, 2, 255]) };
    const { protocol } = await opened({ ...hf, model: "m", settings: { input } });
    const { headers, body } = protocol.encode(image);
    expect(headers["content-type"]).toBe("image/png");
    const { protocol: limited } = await opened({
      ...hf,
      model: "m",
      settings: { input, topK: 3, functionToApply: "softmax" },
    });
    expect(askedJson(limited, image)).toEqual({
      inputs: Buffer.from(body).toString("base64"),
      parameters: { top_k: 3, function_to_apply: "softmax" },
    });
  });

  it("classifies tables, asked and read as its own servers' tests do", async () => {
    const columns = Object.keys(HF_RECORDED.iris);
    const settings = { columns, maxRows: 16 };
    const { protocol } = await opened({ ...hf, model: "m", settings });
    const lists = Object.values(HF_RECORDED.iris);
    const rows = Array.from({ length: 10 }, (_, row) => lists.map((list) => list[row] ?? 0)).flat();
    expect(askedJson(protocol, { x: doubles([10, 4], rows) })).toEqual({
      inputs: { data: HF_RECORDED.iris },
    });
    expect(protocol.decode(answered(HF_RECORDED.labels), 10)).toEqual(
      HF_RECORDED.labels.map((label) => ({ kind: "label", label })),
    );
    const three = { x: doubles([1, 3], [1, 2, 3]) };
    expect(() => protocol.encode(three)).toThrow(expect.objectContaining({ code: "SUSPECT_INPUTS" }));
  });

  it("says how long a model loads", async () => {
    const { protocol } = await opened({ ...hf, model: "m", settings: { input: TEXT } });
    expect(protocol.waitMs?.(answered(HF_RECORDED.loading, { status: 503 }))).toBe(20_000);
    expect(protocol.waitMs?.(answered(HF_RECORDED.loading))).toBe(0);
    expect(protocol.waitMs?.(answered("<html>", { status: 503 }))).toBe(0);
    expect(protocol.waitMs?.(answered({ estimated_time: "1e9" }, { status: 503 }))).toBe(0);
  });

  it("is waited for while its model loads, and not for ever", async () => {
    const spoken = spokenHf();
    const loading =
      (seconds: number): NonNullable<LabOptions["meddle"]> =>
      (n) =>
        n === 0 ? { status: 503, body: JSON.stringify({ error: "loading", estimated_time: seconds }) } : {};
    const lab = await openLab(spoken, { meddle: loading(0.2) });
    const suspect = await lab.open();
    expect((await suspect.query(knownInputs(2), [0, 1], memoryRecorder())).map(({ kind }) => kind)).toEqual([
      "label",
      "label",
    ]);
    const [first, second] = lab.asked;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(195);
    const slow = await (await openLab(spoken, { meddle: loading(300) })).open();
    await expect(slow.query(knownInputs(2), [0, 1], memoryRecorder())).rejects.toMatchObject({
      code: "SUSPECT_BUSY",
    });
  });

  it.each([
    [{ task: "text-classification" }],
    [{ task: "summarization", input: TEXT }],
    [{ functionToApply: "tanh" }],
    [{ topK: 0.5 }],
  ])("refuses settings that are none: %j", async (settings) => {
    await expect(opened({ ...hf, model: "m", settings })).rejects.toMatchObject({ code: "SUSPECT_CONFIG" });
  });
});
