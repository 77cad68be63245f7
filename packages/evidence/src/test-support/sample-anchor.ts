import { localAuthority } from "@indicia/testkit/local-authority";
import { localChain } from "@indicia/testkit/local-chain";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { ANCHOR_FILES, type AnchorDemand } from "../anchor.js";
import { beaconBytes, demandBeacon, verifiedRandomness } from "../beacon.js";
import { readDrandRound } from "../beacon-json.js";
import { timestampRequest } from "../timestamp-request.js";
import { certificatesOfPem } from "../x509-certificate.js";
import { makeSample, type Sample, type SampleChanges } from "./sample-bundle.js";
import { SAMPLE_TIME } from "./sample-facts.js";

/** What makes a sample anchored; `files` by the names that folder and bundle share. */
export interface SampleAnchor {
  readonly demand: AnchorDemand;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly randomness: Uint8Array;
}

/** The sample under one timestamp authority and a beacon of its own; the authority is another one each time. */
export async function makeAnchoredSample(changes: SampleChanges = {}): Promise<Sample> {
  return (await anchoredSamples(changes))({});
}

/** Makes anchored samples with one and the same timestamp. */
export async function anchoredSamples(changes: SampleChanges): Promise<(more: SampleChanges) => Sample> {
  const authority = await localAuthority();
  const { chain, publish } = localChain(3);
  const made = new Date(SAMPLE_TIME);
  const beacon = demandBeacon(chain, made);
  const round = readDrandRound(publish(beacon.round), chain.hash);
  const files = new Map<string, Uint8Array>([[ANCHOR_FILES.roots, utf8ToBytes(authority.rootPem)]]);
  const demand: AnchorDemand = {
    timestamps: [{ authority: "https://time.example", qualified: false }],
    roots: certificatesOfPem(authority.rootPem).map(({ sha256 }) => sha256),
    beacon,
  };
  const anchor: SampleAnchor = { demand, files, randomness: verifiedRandomness(beacon, round) };
  // The commitment does not depend on the token, so it is known before there is one.
  const { commitment } = makeSample({ ...changes, format: 1, anchor });
  const request = timestampRequest({ imprint: hexToBytes(commitment), nonce: new Uint8Array(16).fill(1) });
  files.set(ANCHOR_FILES.timestamp(0), await authority.answer(request, made));
  files.set(ANCHOR_FILES.beacon, beaconBytes(round).bytes);
  return (more) => makeSample({ ...changes, ...more, anchor });
}
