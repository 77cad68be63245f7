/** How the learning rate changes over the steps of a training. */
export type Schedule =
  | { readonly kind: "constant" }
  /**
   * Up from 0 in a straight line over the given share of the steps, then down to `floor` times the rate along half a
   * cosine (I. Loshchilov and F. Hutter, "SGDR", 2017, eq. 5, without restarts).
   */
  | { readonly kind: "cosine"; readonly warmUp?: number; readonly floor?: number }
  /** Times `factor` whenever another `every` of the steps, a share, is done. */
  | { readonly kind: "step"; readonly every: number; readonly factor: number };

/**
 * The factor on the learning rate.
 *
 * @param step from 0
 * @param steps of the whole training
 */
export function rateFactor(schedule: Schedule, step: number, steps: number): number {
  switch (schedule.kind) {
    case "constant":
      return 1;
    case "cosine": {
      const { warmUp = 0, floor = 0 } = schedule;
      const rising = Math.round(warmUp * steps);
      if (step < rising) return (step + 1) / rising;
      const done = (step - rising) / Math.max(1, steps - rising);
      return floor + ((1 - floor) * (1 + Math.cos(Math.PI * done))) / 2;
    }
    case "step":
      return schedule.factor ** Math.floor(step / steps / schedule.every + 1e-9);
  }
}
