import { readFile } from "node:fs/promises";
import { beaconPending } from "@indicia/core/registration-anchor";
import { type BeaconDemand, type BeaconRound, roundTime } from "@indicia/evidence/beacon";
import { readDrandRound } from "@indicia/evidence/beacon-json";
import type { Context } from "./context.js";

/**
 * The round that a registration or a plan waits for: from the files given, else from the network once it is due. A round
 * that is given counts whatever the clock here says: its signature could not be made before.
 *
 * @param given.rounds files, each as a relay gives it; the one with the right number counts, else the first
 * @param given.what waits for it, in words
 * @throws CoreError BEACON_PENDING, OperationError BEACON_UNAVAILABLE, EvidenceError BEACON_MALFORMED
 */
export async function dueRound(
  demand: BeaconDemand,
  { rounds, what }: { readonly rounds: readonly string[]; readonly what: string },
  context: Context,
): Promise<BeaconRound> {
  const read = await Promise.all(
    rounds.map(async (file) => readDrandRound(await readFile(file), demand.chain)),
  );
  const found = read.find(({ round }) => round === demand.round) ?? read[0];
  if (found !== undefined) return found;
  if (context.now() < roundTime(demand)) throw beaconPending(demand, what);
  // Loaded when the network is asked: most rounds are given or kept.
  const { fetchRound } = await import("./fetch-round.js");
  return fetchRound(demand);
}
