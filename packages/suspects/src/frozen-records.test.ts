import type { Answer } from "@indicia/core/suspect";
import type { Tensor } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { ordersClasses, recordedDecoder } from "./decoding.js";
import { recordedEncoder } from "./encoding.js";
import { answered, floats, texts } from "./test-support/opened.js";

const vector = (...values: number[]): Answer => ({ kind: "vector", values: Float64Array.from(values) });
const label = (of: number | string): Answer => ({ kind: "label", label: of });
const ROWS = { x: floats([2, 2], [1, 2.5, -3, 4]) };
const TEXT = { t: texts("hé") };
const PROMPT =
  "Which one of these options fits the input best?\n\n{options}\n\nThe input:\n\n{input}\n\nAnswer with the letter of that option alone.";

interface Frozen {
  /** As the transcripts of this version hold it. */
  readonly note: unknown;
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly request: string;
  readonly answer: string;
  readonly type?: string;
  readonly answers: readonly Answer[];
  readonly ordered: boolean;
}

/** What was once recorded decodes for ever to the same; nothing here may change, and a new form of note is a new case. */
const FROZEN: readonly (readonly [name: string, frozen: Frozen])[] = [
  [
    "TensorFlow Serving, columns",
    {
      note: {
        protocol: "tf-serving",
        format: "inputs",
        output: "scores",
        lone: "label",
        classes: ["a", "b"],
        encoding: { signature: "s", inputs: [], input: { as: "numbers" } },
      },
      inputs: ROWS,
      request: '{"signature_name":"s","inputs":[[1,2.5],[-3,4]]}',
      answer: '{"outputs":{"scores":[[0.25,0.75],[1,0]],"other":[1,2]}}',
      answers: [vector(0.25, 0.75), vector(1, 0)],
      ordered: true,
    },
  ],
  [
    "TensorFlow Serving, images",
    {
      note: {
        protocol: "tf-serving",
        format: "instances",
        output: null,
        lone: "label",
        classes: null,
        encoding: {
          signature: null,
          inputs: [],
          input: { as: "image", layout: "NCHW", scale: 1, mean: [], std: [], rounded: false },
        },
      },
      inputs: { x: floats([1, 1, 1, 2], [0, 1]) },
      request:
        '{"instances":[{"b64":"iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAADklEQVR4AQEDAPz/AAABAAQAAgshi3EAAAAASUVORK5CYII="}]}',
      answer: '{"predictions":[7]}',
      answers: [label(7)],
      ordered: false,
    },
  ],
  [
    "TorchServe, in its envelope",
    {
      note: {
        protocol: "torchserve",
        envelope: "json",
        lone: "label",
        classes: 3,
        encoding: { member: "data", input: { as: "numbers" } },
      },
      inputs: ROWS,
      request: '{"instances":[{"data":[1,2.5]},{"data":[-3,4]}]}',
      answer: '{"predictions":[{"2":0.5,"0":0.25},[{"1":0.75}]]}',
      answers: [vector(0.25, Number.NaN, 0.5), vector(Number.NaN, 0.75, Number.NaN)],
      ordered: false,
    },
  ],
  [
    "TorchServe, text",
    {
      note: {
        protocol: "torchserve",
        envelope: "none",
        lone: "label",
        classes: ["yes", "no"],
        encoding: { member: null, input: { as: "text", from: "text" } },
      },
      inputs: TEXT,
      request: "hé",
      answer: "no",
      answers: [label(1)],
      ordered: true,
    },
  ],
  [
    "Hugging Face, text",
    {
      note: {
        protocol: "hf",
        task: "text-classification",
        classes: ["NEG", "POS"],
        encoding: { parameters: '{"top_k":2}', columns: null, input: { as: "text", from: "text" } },
      },
      inputs: TEXT,
      request: '{"inputs":"hé","parameters":{"top_k":2}}',
      answer: '[[{"label":"POS","score":0.75},{"label":"NEG","score":0.25}]]',
      answers: [vector(0.25, 0.75)],
      ordered: true,
    },
  ],
  [
    "Hugging Face, a table",
    {
      note: {
        protocol: "hf",
        task: "tabular-classification",
        classes: null,
        encoding: { parameters: null, columns: ["p", "q"], input: { as: "numbers" } },
      },
      inputs: ROWS,
      request: '{"inputs":{"data":{"p":[1,-3],"q":[2.5,4]}}}',
      answer: '[1,"setosa"]',
      answers: [label(1), label("setosa")],
      ordered: false,
    },
  ],
  [
    "a Gradio app, whose answer came as events",
    {
      note: {
        protocol: "gradio",
        output: 1,
        classes: ["cat", "dog"],
        encoding: {
          fileObjects: true,
          input: { as: "numbers" },
          parameters:
            '[{"component":"dataframe","name":"df"},{"component":"slider","name":"top","otherwise":2},{"component":"json","name":"x","otherwise":{"b":1,"a":null}}]',
        },
      },
      inputs: { x: floats([1, 2], [1, 2.5]) },
      request: '{"data":[{"headers":["1","2"],"data":[[1,2.5]],"metadata":null},2,{"b":1,"a":null}]}',
      answer:
        'event: heartbeat\ndata: null\n\nevent: complete\ndata: [null, {"label": "dog", "confidences": [{"label": "dog", "confidence": 0.75}]}]\n\n',
      type: "text/event-stream; charset=utf-8",
      answers: [vector(Number.NaN, 0.75)],
      ordered: true,
    },
  ],
  [
    "a Gradio app of before, an image",
    {
      note: {
        protocol: "gradio",
        output: 0,
        classes: 2,
        encoding: {
          fileObjects: false,
          input: { as: "image", layout: "NCHW", scale: 1, mean: [], std: [], rounded: false },
          parameters: '[{"component":"image","name":""}]',
        },
      },
      inputs: { x: floats([1, 1, 1, 2], [0, 1]) },
      request:
        '{"data":["data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAADklEQVR4AQEDAPz/AAABAAQAAgshi3EAAAAASUVORK5CYII="]}',
      answer: '{"data":["1"],"duration":0.5}',
      answers: [label(1)],
      ordered: false,
    },
  ],
  [
    "SageMaker, CSV",
    {
      note: {
        protocol: "sagemaker",
        lone: "label",
        classes: null,
        answer: null,
        encoding: { content: "text/csv", request: null, input: { as: "numbers" } },
      },
      inputs: ROWS,
      request: "1,2.5\n-3,4",
      answer: "0.25,0.75\n0.5,0.5\n",
      type: "text/csv",
      answers: [vector(0.25, 0.75), vector(0.5, 0.5)],
      ordered: false,
    },
  ],
  [
    "SageMaker, by template and pointers",
    {
      note: {
        protocol: "sagemaker",
        lone: "label",
        classes: null,
        answer: { label: "", rows: "/o" },
        encoding: {
          content: "application/json",
          request: '{"b":{"$rows":"x"},"a":1}',
          input: { as: "numbers" },
        },
      },
      inputs: ROWS,
      request: '{"b":[[1,2.5],[-3,4]],"a":1}',
      answer: '{"o":[1,0]}',
      answers: [label(1), label(0)],
      ordered: false,
    },
  ],
  [
    "a chat",
    {
      note: {
        protocol: "openai",
        labels: ["cat", "dog"],
        scored: true,
        encoding: {
          model: "m",
          prompt: PROMPT,
          system: null,
          labels: ["cat", "dog"],
          topLogprobs: 20,
          seed: 0,
          maxTokens: 16,
          tokensMember: "max_tokens",
          extra: '{"z":1,"a":2}',
          input: { as: "text", from: "text" },
        },
      },
      inputs: TEXT,
      request:
        '{"model":"m","messages":[{"role":"user","content":"Which one of these options fits the input best?\\n\\nA. cat\\nB. dog\\n\\nThe input:\\n\\nhé\\n\\nAnswer with the letter of that option alone."}],"temperature":0,"seed":0,"max_tokens":16,"logprobs":true,"top_logprobs":20,"z":1,"a":2}',
      answer:
        '{"choices":[{"message":{"content":"B"},"logprobs":{"content":[{"token":"B","top_logprobs":[{"token":"B","logprob":0},{"token":"The","logprob":-30}]}]}}]}',
      answers: [vector(Number.NaN, 1)],
      ordered: true,
    },
  ],
];

describe.each(FROZEN)("a record of %s", (_, { note, inputs, request, answer, type, answers, ordered }) => {
  it("decodes to what it always did", () => {
    expect(
      recordedDecoder(note)(answered(answer, type === undefined ? {} : { type }), answers.length),
    ).toEqual(answers);
    expect(ordersClasses(note)).toBe(ordered);
  });

  it("says how its request came to be, to the byte", () => {
    expect(new TextDecoder().decode(recordedEncoder(note)?.(inputs))).toBe(request);
  });
});

it.each([
  [{ protocol: "tf-serving", format: "rows", output: null, lone: "label" }],
  [{ protocol: "torchserve", envelope: "body", lone: "label" }],
  [{ protocol: "hf", task: "translation" }],
  [{ protocol: "sagemaker", lone: "label", answer: "x" }],
  [{ protocol: "openai", labels: ["a"] }],
  [{ protocol: "gradio", output: -1 }],
  [{ protocol: "oip-grpc", output: null, fixedRows: 0 }],
  [{ protocol: "elsewhere" }],
  [null],
])("a note that this program did not write is none: %j", (note) => {
  expect(() => recordedDecoder(note)).toThrow(expect.objectContaining({ code: "SUSPECT_PROTOCOL" }));
});
