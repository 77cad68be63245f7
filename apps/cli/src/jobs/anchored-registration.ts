import { readFile } from "node:fs/promises";
import { beaconPending } from "@indicia/core/registration-anchor";
import type { Registration } from "@indicia/core/registration";
import { readRegistration, storeBeacon } from "@indicia/core/registration-folder";
import { type BeaconDemand, type BeaconRound, roundTime } from "@indicia/evidence/beacon";
import { readDrandRound } from "@indicia/evidence/beacon-json";
import type { Context } from "../context.js";
import { fetchRound } from "./fetch-round.js";

/**
 * A registration that has its carrier: where it asks for a beacon, the round is read from its folder, from the file
 * given or from the network once it is due, verified, and kept.
 *
 * @param file the round, as a relay gives it, or null
 * @throws CoreError BEACON_PENDING, and all of `readRegistration` and `storeBeacon`
 */
export async function anchoredRegistration(
  folder: string,
  file: string | null,
  context: Context,
): Promise<Registration> {
  const registration = await readRegistration(folder);
  const demand = registration.file.anchor?.beacon ?? null;
  if (demand === null || registration.randomness !== undefined) return registration;
  const round = await roundOf(demand, file, context);
  const anchored = await storeBeacon(folder, registration, round, context.now);
  context.say(`Round ${demand.round} of the beacon is verified and kept in ${folder}; it salts the carrier.`);
  return anchored;
}

/** A round that is given counts whatever the clock here says: its signature could not be made before. */
async function roundOf(demand: BeaconDemand, file: string | null, context: Context): Promise<BeaconRound> {
  if (file !== null) return readDrandRound(await readFile(file), demand.chain);
  if (context.now() < roundTime(demand)) throw beaconPending(demand);
  return fetchRound(demand);
}
