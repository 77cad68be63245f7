import { type LocalAuthority, localAuthority } from "@indicia/testkit/local-authority";
import { localChain } from "@indicia/testkit/local-chain";
import { lookSizes } from "@indicia/proof/looks";
import { hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { ANCHOR_FILES } from "../anchor.js";
import { type BeaconDemand, beaconBytes, demandBeacon, verifiedRandomness } from "../beacon.js";
import { readDrandRound } from "../beacon-json.js";
import { sha256Hex } from "../canonical.js";
import { readChain } from "../chain.js";
import type { ObservationFile } from "../observation-format.js";
import { int32Bytes } from "../numbers.js";
import { PLAN_LINE, PLAN_NAME, type PlanFile, planBytes } from "../plan.js";
import { drawnRows } from "../plan-draw.js";
import { PLANNED_FILES } from "../planned-observation.js";
import { timestampRequest } from "../timestamp-request.js";
import { certificatesOfPem } from "../x509-certificate.js";
import { anchoredSamples } from "./sample-anchor.js";
import type { LooseLine } from "./sample-chain.js";
import { makeSample, type Sample, type SampleChanges } from "./sample-bundle.js";
import { SAMPLE_PROBES } from "./sample-measured.js";
import { SAMPLE_SUSPECT, SAMPLE_TIME } from "./sample-facts.js";

/** What a plan of the sample is made under: its chain as it was before the plan. */
export interface SampleRegistered {
  readonly commitment: string;
  readonly chain: Uint8Array;
}

/** A plan with all that follows from it in the sample. */
export interface SamplePlan {
  readonly file: PlanFile;
  /** By the names of the plan's folder. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly line: LooseLine;
  readonly observation: Pick<ObservationFile, "plan" | "probes">;
  /** Files of the observation that say which rows were asked. */
  readonly observed: ReadonlyMap<string, Uint8Array>;
}

/** What a tampering test may put in the place of a part of the plan, all else being made to fit. */
export interface PlanChanges {
  readonly file?: Partial<PlanFile>;
  readonly asking?: Partial<NonNullable<PlanFile["asking"]>>;
  readonly beacon?: Partial<BeaconDemand>;
  /** When the authority dates it. */
  readonly dated?: Date;
  readonly probes?: Partial<NonNullable<ObservationFile["probes"]>>;
  readonly rows?: (drawn: readonly number[]) => readonly number[];
  readonly followed?: Partial<NonNullable<ObservationFile["plan"]>>;
}

/** Who dates it, where that is settled, and whether the registration is dated and salted too. */
export interface PlanGiven {
  readonly anchored: boolean;
  readonly authority?: LocalAuthority;
}

/** Rows of the sample's pool, and how many of them the beacon admits. */
const POOL = { rows: 8, sha256: "11".repeat(32) };
const ADMITTED = 7;

/** The anchored sample under a plan of its own, dated by another authority. */
export async function makePlannedSample(
  changes: SampleChanges = {},
  tampered: PlanChanges = {},
  given: PlanGiven = { anchored: true },
): Promise<Sample> {
  const authority = given.authority ?? (await localAuthority());
  const { chain, publish } = localChain(3);
  const beacon = { ...demandBeacon(chain, new Date(SAMPLE_TIME)), ...tampered.beacon };
  const round = readDrandRound(publish(beacon.round), chain.hash);
  const anchors = new Map<string, Uint8Array>([
    [ANCHOR_FILES.roots, utf8ToBytes(authority.rootPem)],
    [ANCHOR_FILES.beacon, beaconBytes(round).bytes],
  ]);
  const anchor = {
    timestamps: [{ authority: "https://other.example", qualified: false }],
    roots: certificatesOfPem(authority.rootPem).map(({ sha256 }) => sha256),
    beacon,
  };
  let imprint = "";
  const plan = (registered: SampleRegistered): SamplePlan => {
    const file = planOf(registered, { anchor, ...tampered.file }, tampered.asking);
    const { bytes, sha256 } = planBytes(file);
    imprint = sha256;
    const randomness = verifiedRandomness(beacon, round);
    const drawn = drawnRows({ plan: { file, sha256 }, randomness }, tampered.followed?.draw ?? 0);
    const rows = (tampered.rows ?? ((all) => all.slice(0, SAMPLE_PROBES)))(drawn);
    const token = anchors.get(ANCHOR_FILES.timestamp(0)) ?? new Uint8Array(0);
    return {
      file,
      files: new Map([[PLAN_NAME, bytes], ...anchors]),
      line: {
        type: PLAN_LINE,
        body: { sha256, suspect: file.suspect, timestamps: [sha256Hex(token)] },
      },
      observation: {
        plan: { sha256, draw: 0, fresh: null, ...tampered.followed },
        probes: {
          rule: "most-uncertain",
          asked: SAMPLE_PROBES,
          lost: 1,
          learning: 0,
          planned: SAMPLE_PROBES,
          random: false,
          sha256: "33".repeat(32),
          ...tampered.probes,
        },
      },
      observed: new Map([
        [PLANNED_FILES.probes, int32Bytes(Int32Array.from(rows.flatMap((row) => [row, row])))],
        [PLANNED_FILES.learning, int32Bytes(new Int32Array(0))],
      ]),
    };
  };
  // The registration's own token stands in the chain that the plan names, so it has to be the same both times.
  const registered = given.anchored
    ? await anchoredSamples(changes)
    : (more: SampleChanges) => makeSample({ ...changes, ...more });
  registered({ format: 1, plan });
  const request = timestampRequest({ imprint: hexToBytes(imprint), nonce: new Uint8Array(16).fill(3) });
  anchors.set(
    ANCHOR_FILES.timestamp(0),
    await authority.answer(request, tampered.dated ?? new Date(SAMPLE_TIME)),
  );
  return registered({ plan });
}

function planOf(
  { commitment, chain }: SampleRegistered,
  changes: Partial<PlanFile>,
  asking: Partial<NonNullable<PlanFile["asking"]>> | undefined,
): PlanFile {
  const { lines, head } = readChain(chain, { kind: "registration" });
  return {
    version: 1,
    kind: "indicia plan",
    created: SAMPLE_TIME,
    registration: commitment,
    chain: { entries: lines.length, head },
    suspect: SAMPLE_SUSPECT,
    statistics: ["readout/1"],
    level: 1e-6,
    asking: {
      order: "uncertain",
      budget: SAMPLE_PROBES,
      looks: lookSizes(SAMPLE_PROBES),
      pool: POOL,
      admitted: ADMITTED,
      ...asking,
    },
    ...changes,
  };
}
