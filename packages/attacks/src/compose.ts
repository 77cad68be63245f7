import type { Variant } from "./attack.js";

/**
 * Attacks one after another, as one: the first changes the model, the next what came of it. Each has a seed of its own
 * that follows from the given one.
 */
export function compose(...steps: readonly Variant[]): Variant {
  return {
    name: steps.map(({ name }) => name).join(", then "),
    options: { steps: steps.map(({ name, options }) => ({ name, options })) },
    run: async (model, seed, loot) => {
      let bytes = model;
      for (const [i, step] of steps.entries()) bytes = await step.run(bytes, `${seed}/${i}`, loot);
      return bytes;
    },
  };
}
