import { serve } from "@indicia/attacks/serving/serve";
import { SERVINGS } from "@indicia/attacks/serving/list";
import type { ObservedTranscript } from "@indicia/core/observe-endpoint";
import type { Answer, BlackBoxSuspect } from "@indicia/core/suspect";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { CLOCK } from "./claim.js";
import { INPUT } from "./data.js";

/** The way of serving that tells labels alone. */
export const LABELS_ONLY = "top 1 label";

export interface SuspectOptions {
  readonly models: readonly Uint8Array[];
  /** One of the ways of serving of tier 5, or null for none. */
  readonly serving: string | null;
  readonly answers: "probabilities" | "logits";
}

/**
 * A suspect in this process that serves models of logits as thieves do, so that a bench asks as an examination does.
 *
 * @throws RangeError for an unknown way of serving
 */
export async function memorySuspect({ models, serving, answers }: SuspectOptions): Promise<BlackBoxSuspect> {
  const { ask, close } = await openServed({ models, serving, answers });
  const told = serving === LABELS_ONLY ? labelOf : vectorOf;
  return {
    identity: { protocol: "memory", target: "suspect" },
    inputs: [],
    decoding: {},
    query: async (inputs, probes, recorder) => {
      const rows = inputs[INPUT];
      if (rows === undefined) throw new RangeError(`the suspect takes "${INPUT}"`);
      await recorder.intent({
        method: "ASK",
        url: "memory:suspect",
        headers: {},
        body: new Uint8Array(0),
        probes: [...probes],
      });
      const tensor = await ask(rows);
      const width = tensor.dims[1] ?? 1;
      const values = toFloat64(tensor);
      return probes.map((_, i) => told(values.slice(i * width, (i + 1) * width)));
    },
    replay: (_, rows) => Array.from({ length: rows }, () => LOST),
    close,
  };
}

const LOST: Answer = { kind: "lost", reason: "no answer" };

function vectorOf(values: Float64Array): Answer {
  return values.every(Number.isNaN) ? LOST : { kind: "vector", values };
}

function labelOf(values: Float64Array): Answer {
  const label = values.indexOf(1);
  return label < 0 ? LOST : { kind: "label", label };
}

/** Models as they are served. */
export function openServed({ models, serving, answers }: SuspectOptions): Promise<Asked> {
  return answers === "logits" ? bareLogits(models) : served(models, serving);
}

export interface Asked {
  /** Rows to [n, m]. */
  readonly ask: (rows: Tensor) => Promise<Tensor>;
  readonly close: () => Promise<void>;
}

function served(models: readonly Uint8Array[], serving: string | null): Promise<Asked> {
  const listed = SERVINGS.find(({ name }) => name === serving);
  if (serving !== null && listed === undefined) throw new RangeError(`no way of serving "${serving}"`);
  const { inputs = [], answers = [] } = listed ?? {};
  return serve({ models, output: "logits", inputs, answers, seed: "extraction bench" });
}

async function bareLogits([model]: readonly Uint8Array[]): Promise<Asked> {
  if (model === undefined) throw new RangeError("a suspect without a model");
  const session = await openSession(model);
  return {
    ask: async (rows) => {
      const [logits] = Object.values(await session.runRows({ [INPUT]: rows }));
      if (logits === undefined) throw new RangeError("a model without outputs");
      return logits;
    },
    close: () => session.close(),
  };
}

/** A transcript of which nothing is kept. */
export function forgetfulTranscript(): ObservedTranscript {
  let entries = 0;
  return {
    begun: CLOCK().toISOString(),
    intent: async () => entries++,
    answer: async () => undefined,
    lost: async () => undefined,
    note: async () => undefined,
    finish: async () => ({ entries, root: "00".repeat(32) }),
  };
}
