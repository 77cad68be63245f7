import type { Session } from "@indicia/runtime/session";
import type { AppOptions } from "../app.js";
import type { OutputPolicy } from "../defences/output-policy.js";
import type { Marking } from "../marking.js";
import { classifier, plainModel } from "../serving/live-model.js";
import { fixedModels } from "../serving/models.js";
import { shortFormDefences } from "../short-form.js";
import type { TermsDesk } from "../terms-desk.js";

const VERSION = "1";

export interface SingleModelOptions {
  /** Not used where answers are marked: marking opens the model with the values that it needs. */
  readonly session: Session | null;
  readonly name: string;
  readonly policy: OutputPolicy;
  readonly marking?: Marking | null;
  readonly terms?: TermsDesk | null;
}

/** One model in this thread, behind the defences of the short form. */
export function singleModel(options: SingleModelOptions): AppOptions {
  const { session, name, policy, marking = null, terms = null } = options;
  const { access, defences } = shortFormDefences({ policy, marking, terms });
  const model =
    marking === null
      ? plainModel(name, VERSION, opened(session))
      : classifier({ name, version: VERSION, ...marking });
  return {
    models: fixedModels([
      { model, defences, batch: marking === null ? null : (...sent) => marking.batch(...sent) },
    ]),
    terms: terms === null ? null : { desk: terms, access },
  };
}

function opened(session: Session | null): Session {
  if (session !== null) return session;
  throw new TypeError("a model that is not marked needs a session");
}
