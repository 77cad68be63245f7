import { createHash } from "node:crypto";
import type { BlackBoxSuspect } from "@indicia/core/suspect";
import { buildModel } from "@indicia/onnx/build";
import type { ElementType } from "@indicia/onnx/tensor";
import { describe, expect, it, onTestFinished } from "vitest";
import { openFileSuspect, openOnnxBlackBox } from "./index.js";
import { knownAnswers, knownInputs, knownRow } from "./test-support/known-function.js";
import { memoryRecorder } from "./test-support/memory-recorder.js";
import { temporaryFile } from "./test-support/temporary-file.js";

/** The known function as a matrix, and the index of its largest number. */
function knownModel(input: ElementType): Uint8Array {
  const weights = Float32Array.of(1, 1, 0, 0.5, 1, -1, 0, 0, 1, 0, 2, 0);
  return buildModel({
    inputs: [{ name: "features", type: input, dims: ["N", 3] }],
    outputs: [
      { name: "class", type: "int64", dims: ["N"] },
      { name: "scores", type: "float32", dims: ["N", 4] },
    ],
    nodes: [
      { op: "Cast", inputs: ["features"], outputs: ["f"], attributes: { to: 1n } },
      { op: "MatMul", inputs: ["f", "w"], outputs: ["scores"] },
      { op: "ArgMax", inputs: ["scores"], outputs: ["class"], attributes: { axis: 1n, keepdims: 0n } },
    ],
    initializers: { w: { type: "float32", dims: [3, 4], data: weights } },
  });
}

const modelFile = (bytes: Uint8Array): string => temporaryFile("model.onnx", bytes);

async function open(
  options: { input?: ElementType; budget?: number; output?: string } = {},
): Promise<BlackBoxSuspect> {
  const { input = "float32", budget = 1000, output = null } = options;
  const suspect = await openOnnxBlackBox(modelFile(knownModel(input)), budget, output);
  onTestFinished(() => suspect.close());
  return suspect;
}

const probes = (rows: number): number[] => Array.from({ length: rows }, (_, i) => i);

describe("a model file that is only asked", () => {
  it("says which file it is", async () => {
    const bytes = knownModel("float32");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    const file = modelFile(bytes);
    const suspect = await openOnnxBlackBox(file, 1);
    onTestFinished(() => suspect.close());
    expect(suspect.identity).toEqual({ protocol: "onnx-black-box", target: "model.onnx", sha256 });
    expect(await openFileSuspect(file)).toEqual({
      path: file,
      identity: { protocol: "onnx", target: "model.onnx", sha256 },
    });
  });

  it.each(["float32", "int32", "int64", "uint8", "float64"] as const)(
    "answers %s in order",
    async (input) => {
      const suspect = await open({ input });
      expect(await suspect.query(knownInputs(21), probes(21), memoryRecorder())).toEqual(knownAnswers(21));
    },
  );

  it("answers with the output that is wanted", async () => {
    const suspect = await open({ output: "class" });
    const recorder = memoryRecorder();
    const answers = await suspect.query(knownInputs(10), probes(10), recorder);
    expect(answers).toEqual(
      knownAnswers(10).map((answer) => ({
        kind: "label",
        label: answer.kind === "vector" ? answer.values.indexOf(Math.max(...answer.values)) : null,
      })),
    );
    await expect(open({ output: "logits" })).rejects.toMatchObject({ code: "SUSPECT_OUTPUT_UNKNOWN" });
  });

  it("replays from the record what was seen live, in another process too", async () => {
    const suspect = await open();
    const recorder = memoryRecorder();
    const answers = await suspect.query(knownInputs(19), probes(19), recorder);
    const later = await open();
    const replayed = recorder.exchanges.flatMap(({ request, answer }) =>
      answer === undefined ? [] : later.replay(answer, request.probes.length),
    );
    expect(replayed).toEqual(answers);
    expect(recorder.exchanges.flatMap(({ request }) => request.probes)).toEqual(probes(19));
  });

  it("records what it is asked, as its input has it, before it is run", async () => {
    const suspect = await open({ input: "uint8" });
    const recorder = memoryRecorder();
    await suspect.query(knownInputs(2), probes(2), recorder);
    const [{ request } = expect.unreachable()] = recorder.exchanges;
    expect(request).toMatchObject({ method: "RUN", url: "onnx:model.onnx", headers: { output: "scores" } });
    const text = '[{"name":"features","datatype":"UINT8","shape":[2,3],"bytes":6}]\n';
    expect(Buffer.from(request.body)).toEqual(
      Buffer.concat([Buffer.from(text), Buffer.from([...knownRow(0), ...knownRow(1)])]),
    );
    const full = { ...recorder, intent: async () => Promise.reject(new RangeError("the disk is full")) };
    await expect(suspect.query(knownInputs(2), probes(2), full)).rejects.toThrow("the disk is full");
    expect(recorder.exchanges).toHaveLength(1);
  });

  it("answers as many rows as the budget allows, and no more", async () => {
    const suspect = await open({ budget: 11 });
    const recorder = memoryRecorder();
    const answers = [
      ...(await suspect.query(knownInputs(9), probes(9), recorder)),
      ...(await suspect.query(knownInputs(9, "float32", 9), probes(9), recorder)),
    ];
    const used = { kind: "lost", reason: "the budget is used up" };
    expect(answers).toEqual([...knownAnswers(11), ...Array.from({ length: 7 }, () => used)]);
    expect(recorder.exchanges.flatMap(({ request }) => request.probes)).toHaveLength(11);
  });

  it("records a run that fails as lost, and throws", async () => {
    const suspect = await open();
    const recorder = memoryRecorder();
    const wide = { x: { type: "float32" as const, dims: [1, 5], data: new Float32Array(5) } };
    await expect(suspect.query(wide, [0], recorder)).rejects.toMatchObject({ name: "RuntimeError" });
    expect(recorder.exchanges).toHaveLength(1);
    expect(recorder.exchanges[0]?.lost).toMatch(/./);
  });

  it("takes no inputs under other names", async () => {
    const suspect = await open();
    const { x = expect.unreachable() } = knownInputs(1);
    await expect(suspect.query({ x, y: x }, [0], memoryRecorder())).rejects.toMatchObject({
      code: "SUSPECT_INPUTS",
    });
  });

  it("loses the rows of a record that was changed", async () => {
    const suspect = await open();
    const recorder = memoryRecorder();
    await suspect.query(knownInputs(3), probes(3), recorder);
    const { body = new Uint8Array(0) } = recorder.exchanges[0]?.answer ?? {};
    const text = Buffer.from(body).toString("latin1");
    const changed = [
      "",
      "\n",
      "[]\n",
      "[{}]\n",
      "null",
      text.slice(0, -1),
      text.slice(0, 20),
      text.replace('"bytes":48', '"bytes":47'),
      text.replace('"bytes":48', '"bytes":-8'),
      text.replace('"bytes":48', '"bytes":"48"'),
      text.replace('"shape":[3,4]', '"shape":[4,3]'),
      text.replace('"shape":[3,4]', '"shape":[3,"x"]'),
      text.replace('"shape":[3,4]', '"shape":[3,{"toString":0}]'),
      text.replace('"shape":[3,4]', '"shape":{"length":2}'),
      text.replace('"shape":[3,4]', '"shape":[3,4,"1"]'),
      text.replace("FP32", "FP31"),
      `${"[".repeat(5000)}\n`,
    ];
    for (const each of changed) {
      expect(each).not.toBe(text);
      const answers = suspect.replay(
        { status: 200, headers: {}, body: new Uint8Array(Buffer.from(each, "latin1")) },
        3,
      );
      expect(answers.map(({ kind }) => kind)).toEqual(["lost", "lost", "lost"]);
    }
  });
});
