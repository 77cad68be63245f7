import type { Monitor } from "@indicia/defence/monitor/monitor";
import type { Observations } from "../ops/observations.js";

/** Lets an account begin anew with the monitor of a model. @returns false where the monitor never saw it, or there is none */
export type Forgive = (model: string, account: string) => boolean;

/** @param monitors by the names of their models */
export function forgiver(
  monitors: ReadonlyMap<string, Pick<Monitor, "standing" | "forgive">>,
  observations: Pick<Observations, "stands">,
): Forgive {
  return (model, account) => {
    const monitor = monitors.get(model);
    if (monitor === undefined) return false;
    const { seen, flag } = monitor.standing(account);
    if (seen === 0 && flag === null) return false;
    monitor.forgive(account);
    observations.stands(model, monitor.standing(account));
    return true;
  };
}
