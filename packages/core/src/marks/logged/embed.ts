import { type LoggedKeys, keyedChange, tiltSigns, wrongLabel } from "@indicia/proof/logged-carrier";
import { CHANGED_SHARE } from "@indicia/proof/logged-detect";
import { decision } from "@indicia/proof/scores";
import { isDoubtful, type LoggedPlan } from "./plan.js";

/** An answer with both carriers of its query in it. */
export interface MarkedAnswer {
  /** Logits, length m. */
  readonly logits: Float64Array;
  readonly changed: boolean;
}

/**
 * Put the carriers of one query into its answer: the logits z become z + tilt s with s the query's keyed signs, and the
 * label of a doubtful query that the key picks becomes the keyed one, by exchanging its logit with the largest.
 *
 * @param given.logits of this query alone, length m
 * @param given.query SHA-256 of its canonical inputs, 32 bytes
 * @param given.mayChange whether there is room for another changed label
 */
export function markAnswer(
  keys: LoggedKeys,
  plan: LoggedPlan,
  given: {
    readonly logits: Float64Array;
    readonly query: Uint8Array;
    readonly tilt: number;
    readonly mayChange: boolean;
  },
): MarkedAnswer {
  const { classes } = plan;
  const signs = tiltSigns(keys.tilt, given.query, classes);
  const logits = given.logits.map((z, c) => z + given.tilt * (signs[c] ?? 0));
  if (!given.mayChange || !isDoubtful(given.logits, 0, plan)) return { logits, changed: false };
  const keyed = keyedChange(keys.change, given.query, classes - 1);
  if (keyed.pick >= CHANGED_SHARE) return { logits, changed: false };
  const target = wrongLabel(keyed.offset, decision(given.logits, 0, classes));
  const best = decision(logits, 0, classes);
  const top = logits[best] ?? 0;
  logits[best] = logits[target] ?? 0;
  logits[target] = top;
  return { logits, changed: true };
}
