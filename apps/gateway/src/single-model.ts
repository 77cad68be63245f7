import type { Session } from "@indicia/runtime/session";
import type { AppOptions } from "./app.js";
import { inOrder } from "./defences/order.js";
import { outputPolicy, type OutputPolicy } from "./defences/output-policy.js";
import { proxyCustomer } from "./defences/proxy-customer.js";
import { termsDefence } from "./defences/terms.js";
import type { Marking } from "./marking.js";
import { classifier, plainModel } from "./serving/live-model.js";
import { fixedModels } from "./serving/models.js";
import type { TermsDesk } from "./terms-desk.js";

const VERSION = "1";

export interface SingleModelOptions {
  /** Not used where answers are marked: marking opens the model with the values that it needs. */
  readonly session: Session | null;
  readonly name: string;
  readonly policy: OutputPolicy;
  /** Marks what is answered; null for the model's own answers. */
  readonly marking?: Marking | null;
  /** Terms that customers accept; null where there are none. */
  readonly terms?: TermsDesk | null;
}

/** One model with the defences of the command line's short form: a proxy in front says which customer asks. */
export function singleModel({
  session,
  name,
  policy,
  marking = null,
  terms = null,
}: SingleModelOptions): AppOptions {
  const access = marking?.knows == null ? null : proxyCustomer(marking.knows);
  const defences = inOrder([
    access,
    terms === null ? null : termsDefence(terms),
    marking?.marks ?? null,
    outputPolicy(policy),
    marking?.log ?? null,
  ]);
  const model =
    marking === null
      ? plainModel(name, VERSION, opened(session))
      : classifier({ name, version: VERSION, ...marking, inputs: marking.reader.inputs });
  return {
    models: fixedModels([{ model, defences, batch: marking?.batch ?? null }]),
    terms: terms === null ? null : { desk: terms, access },
  };
}

function opened(session: Session | null): Session {
  if (session !== null) return session;
  throw new TypeError("a model that is not marked needs a session");
}
