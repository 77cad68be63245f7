import type { ProbeRule } from "@indicia/proof/answer-residual";

/** In which order inputs are asked: see `docs/format.md`. */
export const PROBE_RULES: readonly ["most-uncertain", "boundary", "most-spread"] = [
  "most-uncertain",
  "boundary",
  "most-spread",
];

/** What whoever observes may ask for. */
export const PROBE_ORDERS = ["auto", "uncertain", "boundary", "shadows"] as const;
export type ProbeOrder = (typeof PROBE_ORDERS)[number];

/** What decided the rule of an examination with shadow models, before any probe of that rule was asked. */
export interface ProbeChoice {
  readonly asked: ProbeOrder;
  /** Learning probes that were answered: inputs on which students and copies part. */
  readonly answered: number;
  /** Those on which the suspect's label is the reference's. */
  readonly agreeing: number;
}

/** Answers coarser than this leave most of a tilt unseen unless the probe stands on a boundary. */
const COARSE_DECIMALS = 4;
/**
 * More than this share of the learning probes a suspect must answer as the reference does to pass for its copy. Students miss what shadow
 * students miss, for which those probes are chosen: of Fashion-MNIST they sided with it on less than a third. Copies miss
 * what a mark moves, and those that were tuned a quarter at most.
 */
const COPY_AGREEMENT = 0.5;

/**
 * The one rule of an examination. It follows from answers, reference and shadows, and no key takes part.
 *
 * @param choice null without shadow models, where every suspect is taken for a copy
 */
export function probeRule(
  answers: { readonly labels: boolean; readonly decimals: number | null },
  order: ProbeOrder,
  choice: Pick<ProbeChoice, "answered" | "agreeing"> | null,
): ProbeRule {
  if (order === "uncertain") return "most-uncertain";
  if (order === "boundary") return "boundary";
  if (order === "shadows") return "most-spread";
  if (choice !== null && choice.agreeing <= COPY_AGREEMENT * choice.answered) return "most-spread";
  const coarse = answers.decimals !== null && answers.decimals <= COARSE_DECIMALS;
  return answers.labels || coarse ? "boundary" : "most-uncertain";
}
