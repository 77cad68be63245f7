import type { Analysis } from "./space.js";

/** Tie what is added to a value, of a shape that broadcasts to it. */
export function combineAdded(
  { axes, tie, freeze, change, values }: Analysis,
  added: string,
  to: string,
): void {
  const out = axes(to);
  const own = axes(added);
  for (const [i, axis] of out.entries()) {
    const at = i - (out.length - own.length);
    if ((values.get(added)?.dims[at] ?? 1) > 1) tie(own[at] ?? [], axis);
    // What is added to all coordinates alike would have to be added in proportion.
    else if (change !== "permute" && change !== "expand") freeze(axis);
  }
}
