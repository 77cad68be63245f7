import type { Seed } from "@indicia/autodiff/random";
import { softmaxInPlace } from "@indicia/autodiff/targets";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { openSession, type Session } from "@indicia/runtime/session";
import { AttackError, badOption } from "../error.js";
import { withFloats } from "../floats.js";
import type { AnswerChange, InputChange } from "./change.js";

/** An endpoint as a thief runs it. */
export interface Served {
  /** One stolen model, or several whose probabilities are averaged; each with one input and [n, m] as first output. */
  readonly models: readonly (Uint8Array | string)[];
  /** What the first output is, default "probabilities". */
  readonly output?: "probabilities" | "logits";
  /** Done to the inputs, in this order. */
  readonly inputs?: readonly InputChange[];
  /** Done to the answers, in this order. */
  readonly answers?: readonly AnswerChange[];
  readonly seed: Seed;
}

/** A suspect that can be asked. */
export interface Endpoint {
  /** float [n, m]: probabilities, or what is left of them; see `AnswerChange`. */
  readonly ask: (rows: Tensor) => Promise<Tensor>;
  readonly close: () => Promise<void>;
}

/** Rows per run: small images fill the kernels with this many. */
const BATCH = 256;

/**
 * Serve stolen models with everything that is done to inputs and answers. The answer to a row depends on the row and
 * the seed alone.
 *
 * @throws AttackError ATTACK_OPTION without a model; MODELS_DIFFER, when asked, where answers differ in shape
 */
export async function serve(served: Served): Promise<Endpoint> {
  if (served.models.length === 0) throw badOption("serving needs a model");
  const sessions = await Promise.all(served.models.map((model) => openSession(model)));
  const { inputs = [], answers = [], seed } = served;
  return {
    ask: async (rows) => {
      const seen = inputs.reduce((tensor, change, i) => change(tensor, `${seed}/input ${i}`), rows);
      const mean = await averaged(sessions, seen, served.output ?? "probabilities");
      return answers.reduce((tensor, change, i) => change(tensor, `${seed}/answer ${i}`), mean);
    },
    close: async () => {
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}

async function averaged(
  sessions: readonly Session[],
  rows: Tensor,
  output: "probabilities" | "logits",
): Promise<Tensor> {
  const all: Tensor[] = [];
  for (const session of sessions) all.push(await probabilitiesOf(session, rows, output));
  const [first] = all;
  if (first === undefined) throw badOption("serving needs a model");
  const sums = new Float64Array(toFloat64(first).length);
  for (const each of all) {
    if (each.dims.join() !== first.dims.join())
      throw new AttackError(
        "MODELS_DIFFER",
        `answers of [${first.dims.join(", ")}] and [${each.dims.join(", ")}]`,
        "Serve models of the same classes.",
      );
    for (const [at, value] of toFloat64(each).entries()) sums[at] = (sums[at] ?? 0) + value / all.length;
  }
  return withFloats(first, sums);
}

async function probabilitiesOf(
  session: Session,
  rows: Tensor,
  output: "probabilities" | "logits",
): Promise<Tensor> {
  const [input, answer] = [session.inputs[0]?.name ?? "", session.outputs[0]?.name ?? ""];
  const results = await session.runRows({ [input]: rows }, { batch: BATCH, outputs: [answer] });
  const tensor = results[answer];
  if (tensor === undefined) throw badOption("a model without outputs cannot be served");
  return output === "logits" ? softmax(tensor) : tensor;
}

function softmax(logits: Tensor): Tensor {
  const values = toFloat64(logits);
  const width = logits.dims[1] ?? 1;
  for (let from = 0; from < values.length; from += width) softmaxInPlace(values.subarray(from, from + width));
  return withFloats(logits, values);
}
