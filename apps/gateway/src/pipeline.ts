import type { Tensor } from "@indicia/onnx/tensor";
import type { Answer, Asked, Caller, Defence } from "./defences/defence.js";
import { queriesOf } from "./queries.js";
import { type Computed, type LiveModel, scoresTensor } from "./serving/live-model.js";

/** A model and what stands before it, in order. */
export interface Guarded {
  readonly model: LiveModel;
  readonly defences: readonly Defence[];
}

/** What a decoded request asks of a model. */
export interface Question {
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly rows: number;
  /** Outputs wanted, of those that are served. */
  readonly outputs: readonly string[];
}

/** Let the defences look at a call before its body is read. @throws Refusal, BadRequest */
export async function enter(defences: readonly Defence[], caller: Caller): Promise<void> {
  for (const defence of defences) {
    const waiting = defence.enter?.(caller);
    if (waiting !== undefined) await waiting;
  }
}

/** Whether a caller may see what a model is; let the defences say so. @throws Refusal */
export async function look(defences: readonly Defence[], caller: Caller): Promise<void> {
  for (const defence of defences) await defence.look?.(caller);
}

/** Let the defences look at a call for a copy of the model, once it has entered. @throws Refusal */
export async function beforeHandOut(defences: readonly Defence[], caller: Caller): Promise<void> {
  for (const defence of defences) await defence.handOut?.(caller);
}

/**
 * Take a request past every defence: admit, model, change, policy, record.
 *
 * @param write makes what is sent of the outputs as they may be shown, in the order in which they were asked for; it works
 *   while records are on their way to disk, and what it made is given out once they are there
 * @throws Refusal, BadRequest where a defence turns it away; RuntimeError INPUT_* for what the model does not take
 */
export async function answer<T>(
  { model, defences }: Guarded,
  caller: Caller,
  { feeds, rows, outputs }: Question,
  write: (shown: Readonly<Record<string, Tensor>>) => T,
): Promise<T> {
  const asked: Asked = { ...caller, model, feeds, rows, suspicion: 0 };
  await admit(defences, asked);
  const running = model.run(feeds, rows, outputs);
  await whileWaiting(running, () => meanwhile(defences, asked));
  const computed = await running;
  const changed = await change(defences, asked, answerOf(asked, computed));
  const shown = show(defences, asked, allOutputs(asked, outputs, computed, changed));
  const recorded = record(defences, asked, shown, changed);
  // Whoever writes to disk collects first what comes at the same time, and begins once this turn is over.
  await Promise.resolve();
  return await whileWaiting(recorded, () => {
    for (const defence of defences) defence.learn?.(asked);
    return write(shown);
  });
}

/** The model runs in other threads, and this one has time. */
function meanwhile(defences: readonly Defence[], asked: Asked): void {
  if (asked.model.scores !== null && defences.some(worksOnScores)) queriesOf(asked);
  for (const defence of defences) defence.meanwhile?.(asked);
}

function worksOnScores(defence: Defence): boolean {
  return defence.change !== undefined || defence.record !== undefined;
}

/** What the work gives once what it filled the time of is done. Whatever it throws, nothing fails unheard. */
async function whileWaiting<T>(under: Promise<unknown>, work: () => T): Promise<T> {
  let made: T;
  try {
    made = work();
  } catch (error) {
    under.catch(() => undefined);
    throw error;
  }
  await under;
  return made;
}

async function admit(defences: readonly Defence[], asked: Asked): Promise<void> {
  for (const defence of defences) {
    const waiting = defence.admit?.(asked);
    if (waiting !== undefined) await waiting;
  }
}

/** The answer as it comes from the model; null without class scores. */
function answerOf(asked: Asked, { scores }: Computed): Answer | null {
  const { model, rows } = asked;
  if (scores === null || model.scores === null) return null;
  const { classes, tail } = model.scores;
  return {
    rows,
    classes,
    ...scores,
    scale: tail === "softmax" || tail === "sigmoid" ? "probabilities" : "logits",
    get queries() {
      return queriesOf(asked);
    },
    changed: new Array<boolean>(rows).fill(false),
  };
}

async function change(
  defences: readonly Defence[],
  asked: Asked,
  first: Answer | null,
): Promise<Answer | null> {
  if (first === null) return null;
  let current = first;
  for (const defence of defences) {
    if (defence.change === undefined) continue;
    const changed = defence.change(asked, current);
    current = changed instanceof Promise ? await changed : changed;
  }
  return current;
}

function allOutputs(
  { model, rows }: Asked,
  outputs: readonly string[],
  computed: Computed,
  changed: Answer | null,
): Record<string, Tensor> {
  const all: Record<string, Tensor> = {};
  for (const name of outputs) {
    const tensor =
      changed !== null && name === model.scores?.output
        ? scoresTensor(changed.values, rows)
        : computed.outputs[name];
    if (tensor !== undefined) all[name] = tensor;
  }
  return all;
}

function show(
  defences: readonly Defence[],
  asked: Asked,
  outputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  let shown: Record<string, Tensor> = { ...outputs };
  for (const defence of defences) {
    if (defence.show === undefined) continue;
    const showOne = defence.show.bind(defence);
    shown = Object.fromEntries(Object.entries(shown).map(([name, tensor]) => [name, showOne(asked, tensor)]));
  }
  return shown;
}

async function record(
  defences: readonly Defence[],
  asked: Asked,
  outputs: Readonly<Record<string, Tensor>>,
  changed: Answer | null,
): Promise<void> {
  const main = outputs[asked.model.scores?.output ?? ""] ?? Object.values(outputs)[0];
  if (main === undefined) return;
  for (const defence of defences) {
    const waiting = defence.record?.(asked, main, { answer: changed, outputs });
    if (waiting !== undefined) await waiting;
  }
}
