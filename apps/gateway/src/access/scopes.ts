import { GatewayError } from "../error.js";

/** What an account may do with a model. */
export const ACTIONS = ["infer", "metadata", "batch", "admin", "download"] as const;
export type Action = (typeof ACTIONS)[number];

/** Names of models, as they stand in addresses and scopes. */
export const MODEL_NAME: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Every model, or every action. */
const ALL = "*";

/**
 * Read a scope: `MODEL:ACTION`, each of which may be `*`.
 *
 * `*` as the action stands for what a client does with a model: neither `admin` nor `download` is ever meant by it.
 *
 * @returns the scope as it was given
 * @throws GatewayError SCOPE_MALFORMED
 */
export function parseScope(text: string): string {
  if (isScope(text)) return text;
  throw new GatewayError(
    "SCOPE_MALFORMED",
    `${JSON.stringify(text.slice(0, 100))} is no scope`,
    `Write MODEL:ACTION, such as magika:infer; actions are ${ACTIONS.join(", ")}, and * stands for any model.`,
  );
}

/** Whether a text is a scope; tokens of other services carry scopes of other kinds. */
export function isScope(text: string): boolean {
  const [model = "", action = "", ...more] = text.split(":");
  const known = action === ALL || ACTIONS.some((each) => each === action);
  return more.length === 0 && known && (model === ALL || MODEL_NAME.test(model));
}

/**
 * Whether scopes allow an action on a model. Who may ask a model may read what it takes: standard clients ask that first.
 *
 * @param model null for what concerns no single model: then only scopes for all of them count
 */
export function allows(scopes: readonly string[], model: string | null, action: Action): boolean {
  return scopes.some((scope) => {
    const [named, allowed] = scope.split(":");
    const sameModel = named === ALL || (model !== null && named === model);
    const implied =
      (allowed === ALL && isClientAction(action)) || (allowed === "infer" && action === "metadata");
    return sameModel && (allowed === action || implied);
  });
}

function isClientAction(action: Action): boolean {
  return action === "infer" || action === "metadata" || action === "batch";
}
