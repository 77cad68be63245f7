import { decode, encode } from "@indicia/attacks/decode";
import { isFloat, withFloats } from "@indicia/attacks/floats";
import { train } from "@indicia/autodiff/train";
import { randomNumbers } from "@indicia/data/random-numbers";
import { openModelBytes } from "@indicia/onnx/open";
import { concatRows, sliceRows, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { lnBinomialUpperTail } from "@indicia/proof/binomial";
import { runModel } from "@indicia/runtime/run-model";
import { abstractImages } from "./abstract-images.js";
import type { Ask, Baseline, BaselineKey, Budget, Check, Guarded, LabelledRows, Owner } from "./baseline.js";
import { answerDistortion, within } from "./distortion.js";
import { checkedAnswers, labelsOf } from "./labels.js";
import { largest } from "./largest.js";

export interface TriggerSetOptions {
  /** Trigger images, default 100 as in the paper. */
  readonly images?: number;
  /** Share of a training epoch that they make up, default 0.02: the paper puts 2 into every batch of 100. */
  readonly share?: number;
  /** Default 10. */
  readonly epochs?: number;
  /** Learning rate of Adam, default 0.0005. */
  readonly rate?: number;
}

/**
 * A set of abstract images with labels drawn by the key is trained into the model (the paper's `PreTrained`, section
 * 5.2), and a suspect is asked for it: the labels are uniform over the m classes, so that without the key matches are
 * binomial with chance 1 / m. Where the training changes more than the budget admits, the weights go only a part of the
 * way from the old to the new ones.
 */
export function triggerSet(options: TriggerSetOptions = {}): Baseline {
  return {
    name: "trigger set",
    paper:
      "Adi, Baum, Cisse, Pinkas, Keshet: Turning Your Weakness Into a Strength: Watermarking Deep Neural Networks by Backdooring, USENIX Security 2018",
    changes: "model",
    keyed: true,
    protect: (owner, key, budget) => protect(owner, key, budget, options),
  };
}

async function protect(
  owner: Owner,
  key: BaselineKey,
  budget: Budget,
  options: TriggerSetOptions,
): Promise<Guarded> {
  const triggers = triggersOf(owner, key, options.images ?? 100);
  const learned = await trainedIn(owner, triggers, key, options);
  const model = await asFarAs(owner, learned, budget);
  return {
    model,
    answer: askModel(model),
    check: async ({ most }) => check(owner.classes, triggers, most),
  };
}

function triggersOf({ training, classes }: Owner, key: BaselineKey, count: number): LabelledRows {
  const { below } = randomNumbers(`triggers/${key}/labels`);
  return {
    inputs: abstractImages(count, training.inputs, `triggers/${key}`),
    labels: Int32Array.from({ length: count }, () => below(classes)),
  };
}

/** The owner's model, trained further on its own rows and, several times in an epoch, the triggers. */
async function trainedIn(
  { model, training }: Owner,
  triggers: LabelledRows,
  key: BaselineKey,
  { share = 0.02, epochs = 10, rate = 0.0005 }: TriggerSetOptions,
): Promise<Uint8Array> {
  const [rows, count] = [training.labels.length, triggers.labels.length];
  const times = Math.max(1, Math.round((share * rows) / ((1 - share) * count)));
  const again = Array.from({ length: times }, () => triggers);
  const trained = await train({
    model,
    inputs: { [inputOf(model)]: concatRows([training.inputs, ...again.map(({ inputs }) => inputs)]) },
    targets: { kind: "labels", labels: [...training.labels, ...again.flatMap(({ labels }) => [...labels])] },
    epochs,
    rate,
    schedule: { kind: "cosine" },
    seed: `triggers/${key}`,
  });
  return trained.model;
}

/** The model on the straight way from the owner's to another one, as far as the budget admits. */
async function asFarAs(owner: Owner, learned: Uint8Array, budget: Budget): Promise<Uint8Array> {
  const { inputs, labels } = owner.calibration;
  const plain = await owner.ask(inputs);
  const at = (share: number): Uint8Array => between(owner.model, learned, share);
  const share = await largest(1, async (each) =>
    within(answerDistortion(plain, await askModel(at(each))(inputs), labels), budget),
  );
  return at(share);
}

/** Every stored number of a model the same share of the way to that of another one. */
function between(from: Uint8Array, to: Uint8Array, share: number): Uint8Array {
  const [model, other] = [decode(from), decode(to)];
  for (const [name, tensor] of model.initializers) {
    const goal = other.initializers.get(name);
    if (goal === undefined || !isFloat(tensor)) continue;
    const ends = toFloat64(goal);
    const values = toFloat64(tensor).map((value, at) => value + share * ((ends[at] ?? value) - value));
    model.initializers.set(name, withFloats(tensor, values));
  }
  return encode(model);
}

function check(classes: number, { inputs, labels }: LabelledRows, most: number): Check {
  const count = Math.min(most, labels.length);
  return {
    inputs: sliceRows(inputs, 0, count),
    judge: async (answers) => {
      checkedAnswers(answers, count, classes);
      const matches = labelsOf(answers).filter((label, i) => label === labels[i]).length;
      return {
        score: matches / count,
        lnP: lnBinomialUpperTail(matches, count, 1 / classes),
        how: "binomial",
        queries: count,
      };
    },
  };
}

function inputOf(model: Uint8Array): string {
  return openModelBytes(model).graph.inputs[0]?.name ?? "";
}

/** Ask a model in memory, opened for each question. */
function askModel(model: Uint8Array): Ask {
  const output = openModelBytes(model).graph.outputs[0]?.name ?? "";
  return async (inputs: Tensor) => {
    const answers = await runModel(model, { [inputOf(model)]: inputs }, { outputs: [output], batch: 256 });
    const found = answers[output];
    if (found === undefined) throw new RangeError(`no output "${output}"`);
    return found;
  };
}
