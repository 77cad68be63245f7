import { blur } from "./blur.js";
import type { AnswerChange, InputChange } from "./change.js";
import { inputLevels } from "./input-levels.js";
import { inputNoise } from "./input-noise.js";
import { jpeg } from "./jpeg.js";
import { outputNoise } from "./output-noise.js";
import { refusals } from "./refusals.js";
import { rounding } from "./rounding.js";
import { labelOnly, topK } from "./top-k.js";

/** One way to serve a stolen model: what is added to `Served`. */
export interface ListedServing {
  readonly name: string;
  readonly inputs: readonly InputChange[];
  readonly answers: readonly AnswerChange[];
  /** Independent models that answer together with the stolen one. */
  readonly companions: number;
}

/** What thieves do to inputs and answers (tier 5); a new way adds an entry. */
export const SERVINGS: readonly ListedServing[] = [
  onInputs("input noise 0.01", inputNoise({ sigma: 0.01 })),
  onInputs("inputs in 16 levels", inputLevels({ levels: 16 })),
  onInputs("blur 0.5", blur({ sigma: 0.5 })),
  onInputs("JPEG 75", jpeg({ quality: 75 })),
  onAnswers("rounded to 2 decimals", rounding({ decimals: 2 })),
  onAnswers("rounded to 1 decimal", rounding({ decimals: 1 })),
  onAnswers("top 3", topK({ k: 3 })),
  onAnswers("top 1 label", labelOnly()),
  onAnswers("refusals 10 %", refusals({ share: 0.1 })),
  onAnswers("output noise 0.02", outputNoise({ sigma: 0.02 })),
  { name: "two-model ensemble", inputs: [], answers: [], companions: 1 },
];

function onInputs(name: string, change: InputChange): ListedServing {
  return { name, inputs: [change], answers: [], companions: 0 };
}

function onAnswers(name: string, change: AnswerChange): ListedServing {
  return { name, inputs: [], answers: [change], companions: 0 };
}
