import type { Defence } from "./defences/defence.js";
import { inOrder } from "./defences/order.js";
import { outputPolicy, type OutputPolicy } from "./defences/output-policy.js";
import { proxyCustomer } from "./defences/proxy-customer.js";
import { termsDefence } from "./defences/terms.js";
import type { Marking } from "./marking.js";
import type { TermsDesk } from "./terms-desk.js";

/** What stands before a model that is served without a configuration: a proxy in front says which customer asks. */
export function shortFormDefences(options: {
  readonly policy: OutputPolicy;
  /** Marks what is answered; null for the model's own answers. */
  readonly marking: Marking | null;
  /** Terms that customers accept; null where there are none. */
  readonly terms: TermsDesk | null;
}): { readonly access: Defence | null; readonly defences: readonly Defence[] } {
  const { policy, marking, terms } = options;
  const access = marking?.knows == null ? null : proxyCustomer(marking.knows);
  const defences = inOrder([
    access,
    terms === null ? null : termsDefence(terms),
    marking?.marks ?? null,
    outputPolicy(policy),
    marking?.log ?? null,
  ]);
  return { access, defences };
}
