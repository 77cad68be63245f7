import type { AnswerMarker } from "@indicia/core/gateway-answers";
import type { Defence } from "./defence.js";
import { Refusal } from "./refusal.js";

/**
 * Marks answers for customers and for the query log.
 *
 * @param mark from `answerMarker`
 * @param knows whether a customer is in the register, or null where none are told apart
 */
export function marksDefence(mark: AnswerMarker, knows: ((customer: string) => boolean) | null): Defence {
  return {
    name: "marks",
    admit({ account }) {
      if (knows === null || knows(account?.customer ?? "")) return;
      throw new Refusal(403, "CUSTOMER_UNKNOWN", "this account is no registered customer");
    },
    change({ account }, answer) {
      const { features, logits, queries } = answer;
      if (features === null || logits === null)
        throw new TypeError("marks need the features of the read-out");
      const marked = mark({ features, logits }, queries, account?.customer ?? null);
      return { ...answer, values: marked.outputs, logits: marked.logits, changed: marked.changed };
    },
  };
}
