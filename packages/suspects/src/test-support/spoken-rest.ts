import type { Answer } from "@indicia/core/suspect";
import { knownFunction, knownRow } from "./known-function.js";
import type { Spoken } from "./lab.js";

const CLASSES = ["a", "b", "c", "d"] as const;
const JSON_TYPE = { "content-type": "application/json" } as const;

type Answered = ReturnType<Spoken["answer"]>;

/** TensorFlow Serving: rows with metadata, or columns of a model that keeps them back and has two outputs. */
export function spokenTfServing(format: "instances" | "inputs"): Spoken {
  const rowed = format === "instances";
  return {
    name: `tf-serving, ${format}`,
    options: {
      protocol: "tf-serving",
      model: "m",
      config: null,
      settings: rowed ? {} : { format, output: "scores", maxRows: 3, signature: "probing" },
    },
    maxRows: rowed ? 16 : 3,
    page: (path) => (rowed && path === "/v1/models/m/metadata" ? TF_METADATA : null),
    rows: (body) => {
      const request = JSON.parse(body.toString()) as Record<string, unknown>;
      if (!rowed && request["signature_name"] !== "probing") throw new TypeError("another signature");
      return request[format] as number[][];
    },
    answer: (rows, compute) => {
      const scores = rows.map(compute);
      return json(rowed ? { predictions: scores } : { outputs: { other: rows.map(() => 0), scores } });
    },
  };
}

const TF_METADATA = {
  model_spec: { name: "m", signature_name: "", version: "1" },
  metadata: {
    signature_def: {
      signature_def: {
        serving_default: {
          inputs: {
            x: { dtype: "DT_FLOAT", tensor_shape: { dim: [{ size: "-1" }, { size: "3" }] } },
          },
          outputs: {
            y: { dtype: "DT_FLOAT", tensor_shape: { dim: [{ size: "-1" }, { size: "4" }] } },
          },
        },
      },
    },
  },
};

/** TorchServe: a row per request and scores by name, or its JSON envelope and vectors. */
export function spokenTorchServe(envelope: "none" | "json"): Spoken {
  const single = envelope === "none";
  return {
    name: `torchserve, envelope ${envelope}`,
    options: {
      protocol: "torchserve",
      model: "m",
      config: null,
      settings: single ? { classes: CLASSES } : { envelope, member: "data", maxRows: 4 },
    },
    maxRows: single ? 1 : 4,
    keepsBack: single,
    page: () => null,
    rows: (body) => {
      const request = JSON.parse(body.toString()) as unknown;
      if (single) return [request as number[]];
      return (request as { instances: { data: number[] }[] }).instances.map(({ data }) => data);
    },
    answer: (rows, compute) =>
      json(single ? namedScores(compute(rows[0] ?? [])) : { predictions: rows.map(compute) }),
  };
}

/** A table of Hugging Face, which has labels for answers: the first of what is computed. */
export function spokenHf(): Spoken {
  return {
    name: "hf, tabular-classification",
    options: {
      protocol: "hf",
      model: "owner/m",
      config: null,
      settings: { columns: ["p", "q", "r"], maxRows: 4 },
    },
    maxRows: 4,
    keepsBack: true,
    answers: (rows, from = 0) => labelAnswers(rows, from, ([first = 0]) => first),
    page: () => null,
    rows: (body) => {
      const { inputs } = JSON.parse(body.toString()) as {
        inputs: { data: { p: number[]; q: number[]; r: number[] } };
      };
      const { p, q, r } = inputs.data;
      return p.map((each, i) => [each, q[i] ?? 0, r[i] ?? 0]);
    },
    answer: (rows, compute) => json(rows.map((row) => compute(row)[0])),
  };
}

export function spokenSageMaker(contentType: "application/json" | "text/csv"): Spoken {
  const csv = contentType === "text/csv";
  return {
    name: `sagemaker, ${contentType}`,
    options: {
      protocol: "sagemaker",
      model: "m",
      config: null,
      settings: { contentType, sign: false, maxRows: 4 },
    },
    maxRows: 4,
    page: () => null,
    rows: (body) =>
      csv
        ? body
            .toString()
            .split("\n")
            .map((line) => line.split(",").map(Number))
        : (JSON.parse(body.toString()) as { instances: number[][] }).instances,
    answer: (rows, compute) => {
      const vectors = rows.map(compute);
      if (csv) return [{ "content-type": "text/csv; charset=utf-8" }, Buffer.from(vectors.join("\n"))];
      return json({ predictions: vectors.map((score) => ({ score, predicted_label: 0 })) });
    },
  };
}

/** A chat that says the letter of what is computed first, modulo the number of labels. */
export function spokenOpenAi(): Spoken {
  const labelOf = ([first = 0]: readonly number[]): number => Math.abs(first) % CLASSES.length;
  return {
    name: "openai, labels",
    options: { protocol: "openai", model: "m", config: null, settings: { classes: CLASSES } },
    maxRows: 1,
    keepsBack: true,
    answers: (rows, from = 0) => labelAnswers(rows, from, labelOf),
    page: () => null,
    rows: (body) => {
      const { messages } = JSON.parse(body.toString()) as { messages: { content: string }[] };
      const input = /The input:\n\n(\[.*\])\n/.exec(messages[0]?.content ?? "")?.[1];
      return [JSON.parse(input ?? "") as number[]];
    },
    answer: (rows, compute) => {
      const letter = "ABCD"[labelOf(compute(rows[0] ?? []))];
      return json({ choices: [{ index: 0, message: { role: "assistant", content: `${letter}.` } }] });
    },
  };
}

function labelAnswers(rows: number, from: number, labelOf: (values: readonly number[]) => number): Answer[] {
  return Array.from({ length: rows }, (_, i) => ({
    kind: "label",
    label: labelOf(knownFunction(knownRow(from + i))),
  }));
}

function namedScores(values: readonly number[]): Record<string, number> {
  return Object.fromEntries(values.map((value, c) => [CLASSES[c], value]));
}

function json(value: unknown): Answered {
  return [JSON_TYPE, Buffer.from(JSON.stringify(value))];
}
