import type { Tensor } from "@indicia/onnx/tensor";

/** What draws everything keyed of a baseline. */
export type BaselineKey = string;

/** Ask a classifier: rows to probabilities, a float tensor [n, m]. */
export type Ask = (inputs: Tensor) => Promise<Tensor>;

/** Rows with what they really are. */
export interface LabelledRows {
  /** float [n, ...] */
  readonly inputs: Tensor;
  /** [n], 0 .. m - 1 */
  readonly labels: Int32Array;
}

/** Whoever protects a model. */
export interface Owner {
  /** The model to be protected; its first output is what `ask` answers. */
  readonly model: Uint8Array;
  readonly ask: Ask;
  readonly classes: number;
  /** What the model was trained on, for baselines that train something into it. */
  readonly training: LabelledRows;
  /** Held back from training: on these the distortion is kept within the budget, and fingerprints are taken. */
  readonly calibration: LabelledRows;
}

/** How much the answers may change. */
export interface Budget {
  /** Share of labels, for example 0.02. */
  readonly labelsChanged: number;
  /** Share of right labels lost, for example 0.002. */
  readonly accuracyCost: number;
  /** Mean total variation between distributions, default as large as the others admit. */
  readonly totalVariation?: number;
}

/** Rows that a suspect may be asked. */
export interface Pool {
  /** What the suspect's maker asked the protected endpoint. */
  readonly asked: Tensor;
  /** What nobody has seen. */
  readonly fresh: Tensor;
  /** Most queries to be spent. */
  readonly most: number;
}

/** What a detector says of a suspect. */
export interface Detection {
  /** In the detector's own unit; larger speaks for the claim. */
  readonly score: number;
  /**
   * ln p: of the score's rank among the scores of random keys, or of as many matches by the binomial distribution.
   * Not always calibrated: how often innocents fall below a level is to be measured.
   */
  readonly lnP: number;
  readonly how: "rank" | "binomial";
  /** Queries that the suspect was asked; 0 where the baseline found nothing to ask. */
  readonly queries: number;
}

/** Queries of a baseline's own choice, and its judgement of the answers; one check serves any number of suspects. */
export interface Check {
  /** [queries, ...] */
  readonly inputs: Tensor;
  /**
   * @param answers the suspect's probabilities, or one-hot labels, [queries, m]; a row with NaN alone is no answer
   * @throws BenchError BASELINE_ROWS where the answers are not one row per query
   */
  readonly judge: (answers: Tensor) => Promise<Detection>;
}

/** A model under a baseline's protection. */
export interface Guarded {
  /** What is served to customers. The same input has the same answer, so that it can be known later. */
  readonly answer: Ask;
  /** The model behind it: the owner's own, or one with something trained into it. */
  readonly model: Uint8Array;
  check(pool: Pool): Promise<Check>;
}

/** A method from the literature, with its own embedding and its own detector. */
export interface Baseline {
  readonly name: string;
  /** Authors, title, venue, year. */
  readonly paper: string;
  /** What is changed to embed it. */
  readonly changes: "answers" | "model" | "nothing";
  /**
   * Whether another key on the same model claims something else. A fingerprint of the model alone does not: its score
   * says something only among those of innocents, and its p by rank among random keys is none.
   */
  readonly keyed: boolean;
  protect(owner: Owner, key: BaselineKey, budget: Budget): Promise<Guarded>;
}

/** Ask a suspect what a check wants to know, and judge its answers; where that is nothing, nobody is asked. */
export async function detect({ inputs, judge }: Check, suspect: Ask): Promise<Detection> {
  if ((inputs.dims[0] ?? 0) > 0) return judge(await suspect(inputs));
  return { score: 0, lnP: 0, how: "binomial", queries: 0 };
}
