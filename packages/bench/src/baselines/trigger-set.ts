import { between } from "@indicia/attacks/blend";
import { train } from "@indicia/autodiff/train";
import { randomNumbers } from "@indicia/data/random-numbers";
import { concatRows, sliceRows, toFloat64 } from "@indicia/onnx/tensor";
import { lnBinomialUpperTail } from "@indicia/proof/binomial";
import { abstractImages } from "./abstract-images.js";
import { askModel, inputOf } from "./ask-model.js";
import type { Baseline, BaselineKey, Budget, Check, Guarded, LabelledRows, Owner } from "./baseline.js";
import { answerDistortion, within } from "./distortion.js";
import { checkedAnswers, labelsOf } from "./labels.js";
import { largest } from "./largest.js";

export interface TriggerSetOptions {
  /** Trigger images, default 100 as in the paper. */
  readonly images?: number;
  /** Most of the owner's own rows in an epoch, default 20,000: with fewer the model drifts, and the budget leaves less of the triggers. */
  readonly rows?: number;
  /** Share of a training epoch that they make up, default 0.1; the paper puts 2 into every batch of 100, for longer. */
  readonly share?: number;
  /** Default 10. */
  readonly epochs?: number;
  /** Learning rate of Adam, default 0.002. */
  readonly rate?: number;
}

/**
 * A set of abstract images with labels drawn by the key is trained into the model (the paper's `PreTrained`, section
 * 5), and a suspect is asked for it: the labels are uniform over the m classes, so that without the key matches are
 * binomial with chance 1 / m. Of its own rows the model learns to say what it said, which changes less than their
 * labels would. Where the training changes more than the budget admits, the weights go only a part of the
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

/** The owner's model, trained further: to say what it says of its own rows, and of the triggers what the key says. */
async function trainedIn(
  { model, ask, classes, training }: Owner,
  triggers: LabelledRows,
  key: BaselineKey,
  { rows: most = 20_000, share = 0.1, epochs = 10, rate = 0.002 }: TriggerSetOptions,
): Promise<Uint8Array> {
  const [rows, count] = [Math.min(most, training.labels.length), triggers.labels.length];
  const own = sliceRows(training.inputs, 0, rows);
  const times = Math.max(1, Math.round((share * rows) / ((1 - share) * count)));
  const again = Array.from({ length: times }, () => triggers.inputs);
  const values = new Float64Array((rows + times * count) * classes);
  values.set(toFloat64(await ask(own)));
  for (let i = rows; i < rows + times * count; i++)
    values[i * classes + (triggers.labels[(i - rows) % count] ?? 0)] = 1;
  const trained = await train({
    model,
    inputs: { [inputOf(model)]: concatRows([own, ...again]) },
    targets: { kind: "probabilities", values },
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
