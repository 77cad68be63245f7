import { ANCHOR_FILES, anchorFileNames, verifiedTimestamps } from "./anchor.js";
import { beaconRoundSchema, roundTime, verifiedRandomness } from "./beacon.js";
import { chainWords } from "./beacon-drand.js";
import { sha256Hex } from "./canonical.js";
import { readChain } from "./chain.js";
import { readDocument } from "./document.js";
import { altered } from "./error.js";
import { property } from "./line-body.js";
import type { VerifiedTimestamp } from "./timestamp-verify.js";
import { PATHS, REGISTRATION_FOLDER, type VerifyContext } from "./verify-context.js";
import type { StepResult } from "./run-steps.js";

/** The timestamps that the registration demands: all there, all good, all early enough, and noted in its chain. */
export function checkTimestamps(context: VerifyContext): StepResult {
  const { file, sha256: commitment } = context.registration();
  const { anchor: demand } = file;
  const expected = new Set(anchorFileNames(demand).map((name) => REGISTRATION_FOLDER + name));
  for (const path of context.bundle().files.keys()) {
    if (!path.startsWith(`${REGISTRATION_FOLDER}timestamps/`) || expected.has(path)) continue;
    throw altered("TIMESTAMP_UNEXPECTED", `the registration does not speak of "${path}"`);
  }
  if (demand === undefined || demand.timestamps.length === 0)
    return { passed: "the registration asks for none" };
  const find = (name: string): Uint8Array | null => context.find(REGISTRATION_FOLDER + name);
  const { timestampRoots: given = [] } = context.options;
  // Held against the registered roots in any case: the standing speaks of these.
  let found = context.timestamps();
  if (given.length > 0) found = verifiedTimestamps({ demand, commitment, find, roots: given });
  for (const [index] of demand.timestamps.entries()) {
    const name = ANCHOR_FILES.timestamp(index);
    requireNoted(context, "timestamp", find(name), name);
  }
  const whose = given.length > 0 ? "given" : "registered";
  const lines = found.map((each, i) => told(each, demand.timestamps[i]?.qualified === true, whose));
  return { passed: lines.join("; ") };
}

function told({ time, signer, root }: VerifiedTimestamp, qualified: boolean, whose: string): string {
  const status = qualified ? "said to be qualified" : "not said to be qualified";
  const chain =
    root === null
      ? "signature and imprint checked, chain not checked for want of a root"
      : `chain checked to the ${whose} root "${root.subject}" ${root.sha256.slice(0, 16)}`;
  return `${time} by "${signer.subject}" (${status}; ${chain})`;
}

/** The round of the beacon that the registration names: signed by its chain, and noted in the registration's chain. */
export function checkBeacon(context: VerifyContext): StepResult {
  const { anchor } = context.registration().file;
  const demand = anchor?.beacon ?? null;
  const bytes = context.find(PATHS.beacon);
  if (demand === null) {
    if (bytes === null) return { passed: "the registration asks for none" };
    throw altered("BEACON_UNEXPECTED", "the registration does not ask for a beacon");
  }
  if (bytes === null) throw altered("BEACON_MISSING", `the bundle has no "${PATHS.beacon}"`);
  const form = { name: PATHS.beacon, schema: beaconRoundSchema, code: "BEACON_MALFORMED" } as const;
  context.randomness = verifiedRandomness(demand, readDocument(bytes, form));
  requireNoted(context, "beacon", bytes, PATHS.beacon);
  const { round, delay } = demand;
  const order =
    anchor === undefined || anchor.timestamps.length === 0
      ? "nothing dates the registration before it"
      : `${delay} seconds or more after every timestamp`;
  return {
    passed: `round ${round} of ${chainWords(demand)}, ${roundTime(demand).toISOString()}, ${order}; its randomness salts the carrier`,
  };
}

/** @throws EvidenceError REGISTRATION_CHAIN */
function requireNoted(context: VerifyContext, type: string, bytes: Uint8Array | null, name: string): void {
  const chain = context.find(PATHS.registrationChain);
  const hash = bytes === null ? null : sha256Hex(bytes, context.sha256);
  const lines =
    chain === null ? [] : readChain(chain, { kind: "registration", sha256: context.sha256 }).lines;
  const noted = lines.some(({ type: found, body }) => found === type && property(body, "sha256") === hash);
  if (!noted) throw altered("REGISTRATION_CHAIN", `the registration's chain does not note "${name}"`);
}
