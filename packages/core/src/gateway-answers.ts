import type { RegisteredReadout } from "@indicia/evidence/registration-format";
import { type LoggedKeys, loggedKeys } from "@indicia/proof/logged-carrier";
import { hexToBytes } from "@noble/hashes/utils.js";
import { outputsBehind } from "./answer-tail.js";
import { type ChangeBudget, changeBudget, type PastQuery } from "./change-budget.js";
import { type CustomerPlace, customerCarrier, customerLogits } from "./customer-mark.js";
import type { GatewayKeys } from "./gateway-keys.js";
import { markAnswer } from "./marks/logged/embed.js";
import type { LoggedPlan } from "./marks/logged/plan.js";
import type { Features } from "./marks/readout/features.js";

/** How a gateway marks what it answers. */
export interface GatewayMark {
  readonly keys: GatewayKeys;
  readonly place: CustomerPlace;
  readonly tail: RegisteredReadout["tail"];
  readonly plan: LoggedPlan;
  /** Logits per unit of phi of a customer's mark; 0 for none. */
  readonly strength: number;
  /** Logits of the tilt of logged queries; 0 where queries are not logged. */
  readonly tilt: number;
}

/** Rows as they leave, and which of them had their label changed by the key. */
export interface GatewayAnswers {
  /** What the model's output would hold, row-major [n, m]. */
  readonly outputs: Float64Array;
  /** Marked logits, row-major [n, m]. */
  readonly logits: Float64Array;
  readonly changed: readonly boolean[];
}

/** Marks answers; one for as long as a gateway runs. */
export type AnswerMarker = (
  answers: Pick<Features, "features" | "logits">,
  queries: readonly string[],
  customer: string | null,
) => GatewayAnswers;

/**
 * A marker of answers. A query that comes again gets the same answer again, and never more than 0.5 % of a customer's, and so
 * of everybody's, distinct queries have their label changed.
 *
 * @param past of the log that goes on, or the budget that was told of it
 */
export function answerMarker(mark: GatewayMark, past: Iterable<PastQuery> | ChangeBudget): AnswerMarker {
  const customers = new Map<
    string | null,
    { readonly carrier: Int8Array | null; readonly keys: LoggedKeys }
  >();
  const budget = "allows" in past ? past : changeBudget(past);
  const { classes } = mark.place;
  const ofCustomer = (id: string | null): { carrier: Int8Array | null; keys: LoggedKeys } => {
    const known = customers.get(id);
    if (known !== undefined) return known;
    const seed = id === null ? mark.keys.seed : mark.keys.customer(id);
    // Without customers there is nobody to be told apart: the copy that is served may carry a mark of its own.
    const carrier = id === null || mark.strength === 0 ? null : customerCarrier(seed, mark.place);
    const made = { carrier, keys: loggedKeys(seed) };
    customers.set(id, made);
    return made;
  };
  return ({ features, logits }, queries, customer) => {
    const { carrier, keys } = ofCustomer(customer);
    const rows = queries.length;
    const traced =
      carrier === null
        ? logits
        : customerLogits({ rows, features, logits }, { carrier, place: mark.place, strength: mark.strength });
    const outputsOf = (marked: Float64Array): Float64Array =>
      outputsBehind(mark.tail, marked, { rows, classes });
    if (mark.tilt === 0)
      return { outputs: outputsOf(traced), logits: traced, changed: queries.map(() => false) };
    const out = new Float64Array(traced.length);
    const changed = queries.map((query, row) => {
      const marked = markAnswer(keys, mark.plan, {
        logits: traced.subarray(row * classes, (row + 1) * classes),
        query: hexToBytes(query),
        tilt: mark.tilt,
        mayChange: budget.allows({ customer, query }),
      });
      budget.note({ customer, query, changed: marked.changed });
      out.set(marked.logits, row * classes);
      return marked.changed;
    });
    return { outputs: outputsOf(out), logits: out, changed };
  };
}
