import type { Variant } from "./attack.js";
import { AttackError, nothingToDo } from "./error.js";

/**
 * Attacks one after another, as one: the first changes the model, the next what came of it. Each has a seed of its own
 * that follows from the given one. Steps for which the model has no place are left out; running throws AttackError
 * NOTHING_TO_DO where fewer than two have one.
 */
export function compose(...steps: readonly Variant[]): Variant {
  return {
    name: steps.map(({ name }) => name).join(", then "),
    options: { steps: steps.map(({ name, options }) => ({ name, options })) },
    run: async (model, seed, loot) => {
      let bytes = model;
      let done = 0;
      for (const [i, step] of steps.entries()) {
        try {
          bytes = await step.run(bytes, `${seed}/${i}`, loot);
          done++;
        } catch (error) {
          if (!(error instanceof AttackError) || error.code !== "NOTHING_TO_DO") throw error;
        }
      }
      if (done < 2) throw nothingToDo("place for two of these attacks");
      return bytes;
    },
  };
}
