import type { Registration } from "@indicia/core/registration";
import { readRegistration, storeBeacon } from "@indicia/core/registration-folder";
import type { Context } from "./context.js";
import { dueRound } from "./due-round.js";

/**
 * A registration that has its carrier: where it asks for a beacon, the round is read from its folder, from the files
 * given or from the network once it is due, verified, and kept.
 *
 * @param rounds files of published rounds, as a relay gives them
 * @throws CoreError BEACON_PENDING, and all of `readRegistration` and `storeBeacon`
 */
export async function anchoredRegistration(
  folder: string,
  rounds: readonly string[],
  context: Context,
): Promise<Registration> {
  const registration = await readRegistration(folder);
  const demand = registration.file.anchor?.beacon ?? null;
  if (demand === null || registration.randomness !== undefined) return registration;
  const round = await dueRound(demand, { rounds, what: "the carrier" }, context);
  const anchored = await storeBeacon(folder, registration, round, context.now);
  context.say(`Round ${demand.round} of the beacon is verified and kept in ${folder}; it salts the carrier.`);
  return anchored;
}
