import { outputsBehind } from "@indicia/core/answer-tail";
import { type PerturbationKind, perturber } from "@indicia/defence/perturbation/perturb";
import { probabilities } from "@indicia/proof/scores";
import { accountName } from "../account-name.js";
import type { KeptStrengths } from "../monitor/kept-strengths.js";
import type { Answer, Defence, ServedModel } from "./defence.js";

/** Least probability whose logarithm is given. */
const LEAST = 1e-30;

export interface PerturbationDefenceOptions {
  readonly kind: PerturbationKind;
  /** 32 bytes, for example derived from the gateway's key. */
  readonly key: Uint8Array;
  /** Total variation for accounts without suspicion, default 0.02, and for flagged ones, default 0.5. */
  readonly budget?: number;
  readonly most?: number;
  /** The same for queries outside of what honest clients ask, as the monitor tells; default as for others. */
  readonly unusual?: number;
  /** How strongly queries were answered before, closed with the defence; default those of this process. */
  readonly strengths?: KeptStrengths;
}

/**
 * Perturbs the scores of one classifier; the label stays. Independent yes-or-no outputs are left as they are.
 *
 * @throws DefenceError OPTIONS_INVALID
 */
export function perturbationDefence(
  { scores }: Pick<ServedModel, "scores">,
  options: PerturbationDefenceOptions,
): Defence {
  const name = "perturbation";
  if (scores === null || scores.tail === "sigmoid" || scores.classes < 2) return { name };
  const { classes, tail } = scores;
  const perturb = perturber({ ...options, classes });
  const { strengths } = options;
  return {
    name,
    ...(strengths === undefined ? {} : { close: () => strengths.close() }),
    change({ account, address, suspicion, unusual }, answer) {
      const { rows, logits } = answer;
      const plain = distributions(answer);
      // What a key did to the answer stays on top, and has no say in how it is perturbed.
      const unmarked =
        answer.unmarked === undefined ? null : distributions({ ...answer, logits: answer.unmarked });
      const scale = logits ?? (answer.scale === "logits" ? answer.values : null);
      const out = new Float64Array(plain.length);
      for (let row = 0; row < rows; row++) {
        const honest = plain.subarray(row * classes, (row + 1) * classes);
        const given = perturb(honest, {
          account: accountName({ account, address }),
          query: answer.queries[row] ?? "",
          suspicion,
          unusual: unusual?.[row] === 1,
          ...(unmarked === null ? {} : { unmarked: unmarked.subarray(row * classes, (row + 1) * classes) }),
        });
        // Logits keep the scale that they had: z = log p + what the softmax took off.
        const offset = scale === null ? 0 : offsetOf(scale, row, classes, honest);
        for (let c = 0; c < classes; c++)
          out[row * classes + c] =
            scale === null ? (given[c] ?? 0) : Math.log(Math.max(given[c] ?? 0, LEAST)) + offset;
      }
      if (scale === null) return { ...answer, values: out };
      return {
        ...answer,
        logits: logits === null ? null : out,
        values: outputsBehind(tail, out, { rows, classes }),
      };
    },
  };
}

function distributions({ rows, classes, values, scale, logits }: Answer): Float64Array {
  const reference = logits ?? (scale === "logits" ? values : null);
  if (reference === null) return values;
  const out = new Float64Array(rows * classes);
  for (let row = 0; row < rows; row++)
    out.set(probabilities({ classes, reference, link: "softmax" }, row), row * classes);
  return out;
}

/** Taken where it is largest, so that nothing is lost to rounding. */
function offsetOf(logits: Float64Array, row: number, classes: number, honest: Float64Array): number {
  let best = 0;
  for (let c = 1; c < classes; c++) if ((honest[c] ?? 0) > (honest[best] ?? 0)) best = c;
  return (logits[row * classes + best] ?? 0) - Math.log(honest[best] ?? 1);
}
