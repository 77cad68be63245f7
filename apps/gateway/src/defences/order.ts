import type { Defence } from "./defence.js";

/** Every defence there is, in the order in which a request meets them. */
export const DEFENCE_ORDER = [
  "access",
  "terms",
  "limits",
  "monitor",
  "marks",
  "perturbation",
  "output-policy",
  "query-log",
] as const;

/** Defences in their order, whatever the order in which they were opened. @throws RangeError for an unknown or second one */
export function inOrder(configured: readonly (Defence | null)[]): readonly Defence[] {
  const defences = configured.filter((each): each is Defence => each !== null);
  const names: readonly string[] = DEFENCE_ORDER;
  const wrong = defences.find(
    ({ name }, i) => !names.includes(name) || defences.findIndex((each) => each.name === name) !== i,
  );
  if (wrong !== undefined) throw new RangeError(`"${wrong.name}" is no defence, or there are two`);
  return [...defences].sort((a, b) => names.indexOf(a.name) - names.indexOf(b.name));
}
