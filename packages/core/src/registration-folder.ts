import { existsSync } from "node:fs";
import path from "node:path";
import { ANCHOR_FILES } from "@indicia/evidence/anchor";
import { type BeaconRound, beaconBytes, verifiedRandomness } from "@indicia/evidence/beacon";
import { canonicalBytes, sha256Hex } from "@indicia/evidence/canonical";
import { type ChainFile, openChain } from "@indicia/evidence/chain-file";
import { writeDurably } from "@indicia/evidence/durable-file";
import {
  type BegunObservation,
  begunAs,
  OBSERVATION_LINE,
  observationPlaces,
  OPENED_LINE,
  type PlacedFile,
  type OpeningPurpose,
  placeOfBegun,
  placeOfSealed,
  purposeField,
} from "@indicia/evidence/observation-places";
import type { Tensor } from "@indicia/onnx/tensor";
import { CoreError } from "./error.js";
import { createFolder, type FolderFile, readFolderFile } from "./folder.js";
import { withAnchor } from "./registration-anchor.js";
import { type InputRows, openRegistration, type Registration, registeredBasisBytes } from "./registration.js";
import { registeredShadowName, type ShadowModel } from "./shadow-folder.js";

/** Names of the files of a registration folder. */
export const REGISTRATION_FILES = {
  registration: "registration.json",
  basis: "basis.f64",
  sketch: "sketch.bin",
  calibration: "calibration.npz",
  pool: "pool.npz",
  payload: "payload.secret.txt",
  chain: "chain.jsonl",
  marks: "marks.jsonl",
} as const;

/** How rows of inputs become bytes and back; given by whoever has a format for them. */
export interface RowFormat {
  encode(tensors: Readonly<Record<string, Tensor>>): Uint8Array;
  decode(bytes: Uint8Array): Readonly<Record<string, Tensor>>;
  /** SHA-256 over a canonical form of the tensors, hex. */
  fingerprint(tensors: Readonly<Record<string, Tensor>>): string;
}

/**
 * Write a registration with its data, and begin its chain.
 *
 * @throws CoreError OUTPUT_EXISTS
 */
export async function writeRegistration(
  folder: string,
  given: {
    readonly registration: Registration;
    readonly calibration: InputRows;
    readonly pool: InputRows;
    /** The models whose hashes are registered, in the same order. */
    readonly shadows: readonly ShadowModel[];
    readonly payload: string | null;
    readonly format: RowFormat;
    readonly clock: () => Date;
    /** Timestamps and roots, by name; none where absent. */
    readonly anchors?: ReadonlyMap<string, Uint8Array>;
  },
): Promise<string[]> {
  const { registration, format, anchors = new Map<string, Uint8Array>() } = given;
  const files = new Map<string, FolderFile>([
    [REGISTRATION_FILES.registration, { bytes: canonicalBytes(registration.file) }],
    [REGISTRATION_FILES.calibration, { bytes: format.encode(given.calibration.tensors) }],
    [REGISTRATION_FILES.pool, { bytes: format.encode(given.pool.tensors) }],
  ]);
  const basis = registeredBasisBytes(registration);
  if (basis !== null) files.set(REGISTRATION_FILES.basis, { bytes: basis });
  if (registration.sketch !== null) files.set(REGISTRATION_FILES.sketch, { bytes: registration.sketch });
  for (const [index, { bytes }] of given.shadows.entries()) files.set(registeredShadowName(index), { bytes });
  if (given.payload !== null) {
    files.set(REGISTRATION_FILES.payload, { bytes: new TextEncoder().encode(given.payload), secret: true });
  }
  for (const [name, bytes] of anchors) files.set(name, { bytes });
  await createFolder(folder, files);
  const chain = await openChain(path.join(folder, REGISTRATION_FILES.chain), {
    kind: "registration",
    clock: given.clock,
  });
  try {
    await chain.append("registration", { commitment: registration.commitment });
    for (const [index, { authority }] of (registration.file.anchor?.timestamps ?? []).entries()) {
      const file = ANCHOR_FILES.timestamp(index);
      const bytes = anchors.get(file);
      if (bytes !== undefined) await chain.append("timestamp", { file, authority, sha256: sha256Hex(bytes) });
    }
  } finally {
    await chain.close();
  }
  return [...files.keys(), REGISTRATION_FILES.chain];
}

/**
 * Read a registration folder.
 *
 * @throws CoreError REGISTRATION_INVALID, FOLDER_INVALID; EvidenceError where registration.json is not canonical JSON,
 *   or a timestamp or beacon does not hold
 */
export async function readRegistration(folder: string): Promise<Registration> {
  const bytes = await readFolderFile(folder, REGISTRATION_FILES.registration);
  if (bytes === null) {
    throw new CoreError(
      "REGISTRATION_INVALID",
      `"${folder}" holds no registration.json`,
      "Give the folder that `indicia register --out` wrote.",
    );
  }
  const registration = openRegistration(
    bytes,
    await readFolderFile(folder, REGISTRATION_FILES.basis),
    await readFolderFile(folder, REGISTRATION_FILES.sketch),
  );
  return withAnchor(folder, registration);
}

/**
 * Keep the round that a registration asks for, and note it in its chain; from now on there is a carrier.
 *
 * @throws CoreError REGISTRATION_INVALID; EvidenceError BEACON_ROUND, BEACON_SIGNATURE, and those of a broken chain
 */
export async function storeBeacon(
  folder: string,
  registration: Registration,
  round: BeaconRound,
  clock: () => Date,
): Promise<Registration> {
  const demand = registration.file.anchor?.beacon ?? null;
  if (demand === null) throw new RangeError("the registration asks for no beacon");
  const randomness = verifiedRandomness(demand, round);
  const { bytes, sha256 } = beaconBytes(round);
  const chain = await openRegistrationChain(folder, registration, clock);
  try {
    await chain.append("beacon", { round: round.round, sha256 });
    await writeDurably(path.join(folder, ANCHOR_FILES.beacon), bytes);
  } finally {
    await chain.close();
  }
  return { ...registration, randomness };
}

/**
 * Read the registered calibration data or probe pool and hold them against their registered hash.
 *
 * @throws CoreError REGISTRATION_INVALID
 */
export async function readRegisteredRows(
  folder: string,
  registration: Registration,
  which: "calibration" | "pool",
  format: RowFormat,
): Promise<InputRows> {
  const registered = registration.file[which];
  const bytes = await readFolderFile(folder, REGISTRATION_FILES[which]);
  const tensors = bytes === null ? null : format.decode(bytes);
  if (tensors === null || format.fingerprint(tensors) !== registered.sha256) {
    throw new CoreError(
      "REGISTRATION_INVALID",
      `${REGISTRATION_FILES[which]} is missing or is not what was registered`,
      "Restore the registration folder from a backup.",
    );
  }
  return { tensors, rows: registered.rows, sha256: registered.sha256, random: registered.random };
}

/** The registered payload text, or null where none was registered or the file is kept elsewhere. */
export async function readPayload(folder: string): Promise<string | null> {
  const bytes = await readFolderFile(folder, REGISTRATION_FILES.payload);
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

/**
 * Open the append-only chain of a registration; it belongs to this commitment or it is refused.
 *
 * @throws CoreError REGISTRATION_INVALID, EvidenceError CHAIN_LOCKED and those of a broken chain
 */
export async function openRegistrationChain(
  folder: string,
  registration: Registration,
  clock: () => Date,
): Promise<ChainFile> {
  const file = path.join(folder, REGISTRATION_FILES.chain);
  if (!existsSync(file)) throw foreignChain();
  const chain = await openChain(file, { kind: "registration", clock });
  const [first] = chain.found;
  const body = first?.body as { commitment?: unknown } | undefined;
  if (first?.type === "registration" && body?.commitment === registration.commitment) return chain;
  await chain.close();
  throw foreignChain();
}

/**
 * Count an observation under its registration before the key is opened on it; one that was counted before keeps
 * its place, and so does one on which the key was opened at an early look, each for the same purpose.
 *
 * @param chain as it was found on opening it
 * @returns position among counted observations, from 1
 */
export async function countObservation(
  chain: ChainFile,
  { seal, file }: { readonly seal: string; readonly file: PlacedFile },
  purpose: OpeningPurpose,
): Promise<number> {
  const places = observationPlaces(chain.found);
  const known = placeOfSealed(places, seal, purpose);
  if (known >= 0) return known + 1;
  const begun = placeOfBegun(places, begunAs(file), purpose);
  await chain.append(OBSERVATION_LINE, { seal, ...lineOf(begunAs(file), purpose) });
  return (begun < 0 ? places.length : begun) + 1;
}

/**
 * Count an observation that is not finished before the key is opened on it at an early look: should it be broken off, the
 * key has spoken all the same.
 *
 * @param chain as it was found on opening it
 * @returns the position that it will have, from 1
 */
export async function countLook(
  chain: ChainFile,
  begun: BegunObservation,
  purpose: OpeningPurpose,
): Promise<number> {
  const places = observationPlaces(chain.found);
  const known = placeOfBegun(places, begun, purpose);
  if (known >= 0 && places[known]?.opened !== null) return known + 1;
  await chain.append(OPENED_LINE, lineOf(begun, purpose));
  return (known < 0 ? places.length : known) + 1;
}

function lineOf(
  { suspect, started, planned, plan = null }: BegunObservation,
  purpose: OpeningPurpose,
): object {
  return {
    suspect,
    started,
    ...(planned === null ? {} : { planned }),
    ...(plan === null ? {} : { plan }),
    ...purposeField(purpose),
  };
}

function foreignChain(): CoreError {
  return new CoreError(
    "REGISTRATION_INVALID",
    "chain.jsonl is missing or belongs to another registration",
    "Restore the registration folder from a backup; the chain counts every examination and cannot be begun anew.",
  );
}
