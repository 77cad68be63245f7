import type { AnswerMarker } from "@indicia/core/gateway-answers";
import type { Defence } from "./defence.js";
import { Refusal } from "./refusal.js";

const NO_FEATURES = new Float64Array(0);

/**
 * Marks answers for customers and for the query log.
 *
 * @param mark from `answerMarker`
 * @param needsFeatures whether customers are marked in the read-out; the mark on logged queries needs logits alone
 * @param knows whether a customer is in the register, or null where none are told apart
 */
export function marksDefence(
  mark: AnswerMarker,
  needsFeatures: boolean,
  knows: ((customer: string) => boolean) | null,
): Defence {
  return {
    name: "marks",
    admit({ account }) {
      if (knows === null || knows(account?.customer ?? "")) return;
      throw new Refusal(
        403,
        "CUSTOMER_UNKNOWN",
        account?.customer == null
          ? "this model answers registered customers alone, and this account has no customer"
          : "this model answers registered customers alone, and this account's customer is not registered",
        { details: { hint: "Ask whoever runs the gateway for a key of a registered customer." } },
      );
    },
    change({ account }, answer) {
      const { logits, queries } = answer;
      const features = answer.features ?? (needsFeatures ? null : NO_FEATURES);
      if (features === null || logits === null)
        throw new TypeError("the model does not show what its marks need");
      const marked = mark({ features, logits }, queries, account?.customer ?? null);
      return {
        ...answer,
        values: marked.outputs,
        logits: marked.logits,
        changed: marked.changed,
        unmarked: logits,
      };
    },
  };
}
