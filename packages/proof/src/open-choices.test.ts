import { expect, it } from "vitest";
import { lostProbes } from "./correction.js";
import { lookPrice, MOST_LOOKS } from "./looks.js";
import { openChoices } from "./open-choices.js";

it.each([
  ["with a planned end", true],
  ["without one", false],
])(
  "spends no more than the level over all looks, numbers of lost probes and subsets of them, %s",
  (_, planned) => {
    const spentBy = (corrections: readonly { lnFactor: number }[]): number =>
      Math.exp(-corrections.reduce((sum, { lnFactor }) => sum + lnFactor, 0));
    let spent = 0;
    for (let position = 1; position <= MOST_LOOKS; position++) {
      const look = lookPrice({ position, closing: planned ? position === MOST_LOOKS : null });
      const probes = Math.min(64 * 2 ** (position - 1), 256);
      spent += spentBy([look]);
      for (let lost = 1; lost <= probes; lost++) {
        const own = openChoices({ probes, lost, pricing: 2 });
        spent += Math.exp(lostProbes(probes, lost).lnFactor) * spentBy([look, ...own]);
      }
    }
    expect(spent).toBeLessThan(1);
    expect(spent).toBeGreaterThan(0.98);
  },
);

it("charges observations of before by the subsets alone", () => {
  expect(openChoices({ probes: 6, lost: 1, pricing: 1 }).map(({ name }) => name)).toEqual([
    "unanswered probes",
  ]);
  expect(openChoices({ probes: 6, lost: 0, pricing: 2 })).toEqual([]);
});
