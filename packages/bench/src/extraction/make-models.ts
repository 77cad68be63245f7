import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import type { Loot } from "@indicia/attacks/attack";
import { blend } from "@indicia/attacks/blend";
import { lora } from "@indicia/attacks/lora";
import { tune } from "@indicia/attacks/tune";
import { initialModel } from "@indicia/autodiff/architectures/initial-model";
import { distil } from "@indicia/autodiff/distil";
import { type Answers, answersOf } from "@indicia/autodiff/evaluate";
import { probabilitiesOf } from "@indicia/autodiff/teacher";
import { train } from "@indicia/autodiff/train";
import type { Tensor } from "@indicia/onnx/tensor";
import { ANSWERS, readAnswers } from "./answers-file.js";
import { customersAnswers } from "./customers-answers.js";
import { INPUT, labelledRows } from "./data.js";
import { FASHION_CLASSES } from "./fashion.js";
import { folderOf, MODEL, type Needs, numbered, readModel } from "./needs.js";
import type { AttackedRecipe, StudentRecipe, TrainedRecipe } from "./recipe.js";
import type { Files } from "./store.js";

/** Rows per step: the optimiser's own work is shared by more of them than in smaller batches. */
const BATCH = 128;
const RATE = 0.002;
const SCHEDULE = { kind: "cosine", warmUp: 0.05, floor: 0.01 } as const;
const CLIP = 5;

/** Train a classifier on labels. */
export async function madeTrained({ architecture, seed, rows, epochs }: TrainedRecipe): Promise<Files> {
  const { inputs, labels } = await labelledRows(rows);
  const input = { name: INPUT, type: "float32", dims: inputs.dims.slice(1) } as const;
  const { model } = await train({
    model: initialModel({ architecture, input, classes: FASHION_CLASSES, seed }),
    inputs: { [INPUT]: inputs },
    targets: { kind: "labels", labels },
    epochs,
    batch: BATCH,
    rate: RATE,
    schedule: SCHEDULE,
    clip: CLIP,
    seed,
  });
  return new Map([[MODEL, model]]);
}

/** Train a classifier on the answers of others. */
export async function madeStudent(recipe: StudentRecipe, needs: Needs): Promise<Files> {
  const { architecture, seed, queries, lesson, epochs, customers } = recipe;
  const { inputs } = await labelledRows(queries);
  const answers =
    customers === undefined
      ? await meanAnswers(needs, inputs)
      : await customersAnswers(customers, needs, inputs);
  const { model, agreement } = await distil({
    student: { architecture, input: INPUT },
    inputs: { [INPUT]: inputs },
    answers,
    lesson,
    epochs,
    batch: BATCH,
    seed,
  });
  return new Map([
    [MODEL, model],
    ["facts.json", Buffer.from(JSON.stringify({ agreement }))],
  ]);
}

/** The mean of all teachers' probabilities. */
async function meanAnswers(needs: Needs, inputs: Tensor): Promise<Answers> {
  const all = await Promise.all(
    numbered(needs, "teacher").map((part) => teacherAnswers(needs, part, inputs)),
  );
  const [first] = all;
  if (first === undefined) throw new RangeError("a student without teachers");
  if (all.length === 1) return first;
  const values = first.values.map(
    (_, at) => all.reduce((sum, answers) => sum + (answers.values[at] ?? 0), 0) / all.length,
  );
  return { ...first, values };
}

async function teacherAnswers(needs: Needs, part: string, inputs: Tensor): Promise<Answers> {
  const answered = path.join(folderOf(needs, part), ANSWERS);
  if (existsSync(answered)) return readAnswers(await readFile(answered), FASHION_CLASSES);
  return probabilitiesOf(await answersOf(await readModel(needs, part), { [INPUT]: inputs }));
}

/** Do to a stolen model what a thief with rows and labels of his own does. */
export async function madeAttacked(recipe: AttackedRecipe, needs: Needs): Promise<Files> {
  const { inputs, labels } = await labelledRows(recipe.rows);
  const model = await readModel(needs, "model");
  const loot: Loot = { rows: { [INPUT]: inputs }, labels };
  return new Map([[MODEL, await attacked(recipe, model, loot, needs)]]);
}

async function attacked(
  { attack, seed }: AttackedRecipe,
  model: Uint8Array,
  loot: Loot,
  needs: Needs,
): Promise<Uint8Array> {
  switch (attack.name) {
    case "tune":
      return tune(model, { ...attack.options, ...loot }, seed);
    case "lora":
      return lora(model, { ...attack.options, ...loot }, seed);
    case "blend":
      return blend(model, {
        ...attack.options,
        ...loot,
        independent: [await readModel(needs, "independent")],
      });
  }
}
