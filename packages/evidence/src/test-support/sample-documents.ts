import { carrierSalt, carrierSeed } from "@indicia/proof/keys";
import { portableKeystream } from "@indicia/proof/keystream";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { parseCanonical, sha256Hex } from "../canonical.js";
import { drawConclusion } from "../draw-conclusion.js";
import type { ConclusionFile } from "../conclusion-format.js";
import type { ObservationFile } from "../observation-format.js";
import type { RegistrationFile } from "../registration-format.js";
import { publicKey } from "../sign.js";
import { subKeysRoot } from "../sub-keys.js";
import type { SampleAnchor } from "./sample-anchor.js";
import type { SamplePlan } from "./sample-plan.js";
import {
  SAMPLE_TIME,
  SAMPLE_SUSPECT,
  SAMPLE_SEED,
  SAMPLE_DECOY_KEYS,
  SAMPLE_SUB_KEYS,
} from "./sample-facts.js";
import { transcriptSeal } from "./sample-transcript.js";
import { SAMPLE_PROBES, type sampleMeasured } from "./sample-measured.js";

export function sampleRegistration(): RegistrationFile {
  const data = { rows: 8, sha256: "11".repeat(32), random: false };
  return {
    version: 1,
    kind: "indicia registration",
    created: SAMPLE_TIME,
    owner: "Example Ltd",
    signer: bytesToHex(publicKey(SAMPLE_SEED)),
    reference: { sha256: "22".repeat(32), bytes: 1234, externalFiles: [] },
    subKeys: { count: SAMPLE_SUB_KEYS.length, root: bytesToHex(subKeysRoot(SAMPLE_SUB_KEYS)) },
    weights: { refusal: "no matrix is large enough" },
    readout: {
      scheme: "readout/1",
      output: "probabilities",
      tail: "softmax",
      feature: "features",
      pooling: "none",
      logits: "logits",
      weight: "w",
      bias: "b",
      features: 4,
      classes: 3,
      dimensions: 2,
      basis: sha256Hex(utf8ToBytes("frozen basis 123")),
    },
    calibration: data,
    pool: data,
    shadows: [],
    payload: null,
    parameters: { shaping: "shaping/1", probes: "probes/1", decoyKeys: SAMPLE_DECOY_KEYS, level: 1e-6 },
  };
}

export function sampleObservation(given: {
  commitment: string;
  transcript: Uint8Array;
  measured: ReturnType<typeof sampleMeasured>;
}): ObservationFile {
  return {
    version: 1,
    kind: "indicia observation",
    registration: given.commitment,
    reference: "22".repeat(32),
    suspect: SAMPLE_SUSPECT,
    access: "probabilities",
    answers: { decimals: null, topK: null, deterministic: true },
    probes: {
      rule: "most-uncertain",
      asked: SAMPLE_PROBES,
      lost: 1,
      random: false,
      sha256: "33".repeat(32),
    },
    looks: [{ probes: SAMPLE_PROBES, lost: 1, residuals: given.measured.looks }],
    controls: given.measured.controls,
    notes: [],
    files: Object.fromEntries(
      [...given.measured.files].map(([name, bytes]) => [name, sha256Hex(bytes)] as const),
    ),
    transcript: transcriptSeal(given.transcript),
    started: SAMPLE_TIME,
    finished: SAMPLE_TIME,
  };
}

/** What the sample's sub-key really says of the sample's residual. */
export function sampleConclusion(given: {
  readonly registration: Uint8Array;
  readonly observation: Uint8Array;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly anchor: SampleAnchor | undefined;
  readonly plan: SamplePlan | undefined;
}): ConclusionFile {
  const { registration, observation, files } = given;
  const [subKey] = SAMPLE_SUB_KEYS;
  if (subKey === undefined) throw new TypeError("the sample has sub-keys");
  const commitment = sha256Hex(registration);
  return drawConclusion({
    registration: { file: parseCanonical(registration) as RegistrationFile, commitment },
    observation: {
      file: parseCanonical(observation) as ObservationFile,
      seal: sha256Hex(observation),
      files,
    },
    seed: carrierSeed(subKey, carrierSalt(hexToBytes(commitment), given.anchor?.randomness ?? null)),
    subKey: 0,
    position: 1,
    level: given.plan?.file.level ?? 1e-6,
    plan: given.plan?.file ?? null,
    payload: null,
    decoyKeys: SAMPLE_DECOY_KEYS,
    keystream: portableKeystream,
    concluded: SAMPLE_TIME,
  });
}
