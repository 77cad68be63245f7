import type { Context } from "@indicia/operations/context";
import type { SeenExchange } from "@indicia/operations/watched-transcript";
import type { Step } from "../shapes/common.js";
import type { FromRunner } from "./messages.js";

/** Progress is shown to people; more of it only keeps worker and database busy. */
const INTERVAL_MS = 500;

/** Counts rows that were asked and lost, and tells of them with what is being done. */
export interface Tally {
  readonly see: (seen: SeenExchange) => void;
  readonly progress: Context["progress"];
}

/** @param tell at most about twice a second, and at each new stage */
export function createTally(tell: (message: FromRunner) => void): Tally {
  const asked = new Set<number>();
  const lost = new Set<number>();
  let step: Step = { stage: "opening the suspect", done: 0, total: 0 };
  let told = Number.NEGATIVE_INFINITY;
  const show = (next: Step): void => {
    const now = performance.now();
    const isNew = next.stage !== step.stage || (next.done === next.total && next.total > 0);
    step = next;
    if (!isNew && now - told < INTERVAL_MS) return;
    told = now;
    tell({ kind: "progress", step, rows: { asked: asked.size, lost: lost.size } });
  };
  return {
    see({ probes, what }) {
      for (const probe of probes) {
        if (what === "deferred") asked.delete(probe);
        else if (what === "asked") asked.add(probe);
        if (what === "lost") lost.add(probe);
        else lost.delete(probe);
      }
      if (probes.length > 0) show(step);
    },
    progress: (stage) => ({
      update: (done, total) => show({ stage, done, total }),
      stop: () => undefined,
    }),
  };
}
