import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { ANCHOR_FILES } from "@indicia/evidence/anchor";
import { type BeaconRound, beaconBytes, verifiedRandomness } from "@indicia/evidence/beacon";
import { type ChainLine, readChain } from "@indicia/evidence/chain";
import type { ChainFile } from "@indicia/evidence/chain-file";
import { writeDurably } from "@indicia/evidence/durable-file";
import { openPlan, type OpenedPlan, planFileNames } from "@indicia/evidence/open-plan";
import {
  PLAN_FOLDER,
  PLAN_LINE,
  PLAN_NAME,
  type PlanFile,
  planBytes,
  readPlan,
} from "@indicia/evidence/plan";
import { sha256Hex } from "@indicia/evidence/canonical";
import { nativeSha256 } from "@indicia/evidence/hash-file";
import { CoreError } from "./error.js";
import { createFolder, readFolderFile } from "./folder.js";
import { REGISTRATION_FILES } from "./registration-folder.js";

/** A plan as its folder holds it. */
export interface StoredPlan {
  readonly opened: OpenedPlan;
  /** Its files by name, plan.json first. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/**
 * Write a plan and count it in the chain of its registration, which has to stand where the plan says.
 *
 * @param chain of the registration, open and unchanged since the plan took its head
 * @param anchors timestamps and roots, by name
 * @throws CoreError OUTPUT_EXISTS
 */
export async function writePlan(
  folder: string,
  file: PlanFile,
  { chain, anchors }: { readonly chain: ChainFile; readonly anchors: ReadonlyMap<string, Uint8Array> },
): Promise<void> {
  const { bytes, sha256 } = planBytes(file);
  const files = [[PLAN_NAME, bytes] as const, ...anchors].map(
    ([name, each]) => [name, { bytes: each }] as const,
  );
  await createFolder(folder, new Map(files));
  const timestamps = (file.anchor?.timestamps ?? []).map((_, i) =>
    sha256Hex(anchors.get(ANCHOR_FILES.timestamp(i)) ?? new Uint8Array(0)),
  );
  await chain.append(PLAN_LINE, { sha256, suspect: file.suspect, timestamps });
}

/**
 * Read the folder of a plan and hold all that it demands against it; the round of its beacon may still be to come.
 *
 * @throws CoreError FOLDER_INVALID where there is none; EvidenceError of `openPlan`
 */
export async function readPlanFolder(folder: string): Promise<StoredPlan> {
  const files = await planFiles(folder);
  const opened = openPlan((name) => files.get(name) ?? null, { mayWait: true, sha256: nativeSha256 });
  if (opened === null) throw new TypeError("plan.json was read before");
  return { opened, files };
}

/** Files of a plan's folder by name, plan.json first; what they say is not checked. */
async function planFiles(folder: string): Promise<Map<string, Uint8Array>> {
  const bytes = await readFolderFile(folder, PLAN_NAME);
  if (bytes === null)
    throw new CoreError(
      "FOLDER_INVALID",
      `"${folder}" holds no ${PLAN_NAME}`,
      "Give the folder that `indicia plan --out` wrote.",
    );
  const files = new Map<string, Uint8Array>();
  for (const name of planFileNames(readPlan(bytes))) {
    const found = await readFolderFile(folder, name);
    if (found !== null) files.set(name, found);
  }
  return files;
}

/** The plan that an observation's folder keeps, or null. */
export async function observedPlan(observationFolder: string): Promise<StoredPlan | null> {
  const folder = path.join(observationFolder, PLAN_FOLDER);
  return existsSync(folder) ? readPlanFolder(folder) : null;
}

/** Files of the plan that an observation's folder keeps, none where there is none: they were checked when it was opened. */
export async function observedPlanFiles(observationFolder: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const folder = path.join(observationFolder, PLAN_FOLDER);
  return existsSync(folder) ? planFiles(folder) : new Map();
}

/** Keep a plan beside an observation that follows it. */
export async function keepPlan(observationFolder: string, { files }: StoredPlan): Promise<void> {
  for (const [name, bytes] of files) {
    const file = path.join(observationFolder, PLAN_FOLDER, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeDurably(file, bytes);
  }
}

/**
 * Keep the round that draws the probes of a plan.
 *
 * @throws EvidenceError BEACON_ROUND, BEACON_SIGNATURE
 */
export async function storePlanRound(
  folder: string,
  { opened, files }: StoredPlan,
  round: BeaconRound,
): Promise<StoredPlan> {
  const demand = opened.plan.file.anchor?.beacon ?? null;
  if (demand === null) throw new RangeError("the plan asks for no beacon");
  const randomness = verifiedRandomness(demand, round);
  const { bytes } = beaconBytes(round);
  await writeDurably(path.join(folder, ANCHOR_FILES.beacon), bytes);
  return {
    opened: { ...opened, randomness },
    files: new Map([...files, [ANCHOR_FILES.beacon, bytes]]),
  };
}

/** The lines of a registration's chain as its folder has them, which need not be the owner's own copy. */
export async function registrationLines(registrationFolder: string): Promise<readonly ChainLine[]> {
  const file = path.join(registrationFolder, REGISTRATION_FILES.chain);
  return readChain(await readFile(file), { kind: "registration", sha256: nativeSha256 }).lines;
}
