import { readFileSync } from "node:fs";
import { portableKeystream } from "@indicia/proof/keystream";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { ANCHOR_FILES } from "../anchor.js";
import { makeBundle } from "../bundle.js";
import { canonicalBytes, portableSha256, sha256Hex } from "../canonical.js";
import { makeDisclosure } from "../disclosure.js";
import { makeDossier } from "../dossier.js";
import type { ConclusionFile } from "../conclusion-format.js";
import type { ObservationFile } from "../observation-format.js";
import type { RegistrationFile } from "../registration-format.js";
import type { BundleVersion } from "../manifest.js";
import { PUBLISHED_NAMES, PUBLISHED_SOURCES } from "../published.js";
import { sealBytes } from "../seal.js";
import type { SampleAnchor } from "./sample-anchor.js";
import type { SamplePlan, SampleRegistered } from "./sample-plan.js";
import { shadowedProbes, shadowedRegistration } from "./sample-shadows.js";
import {
  SAMPLE_TIME,
  SAMPLE_SUSPECT,
  SAMPLE_SEED,
  SAMPLE_P256_SEED,
  SAMPLE_SUB_KEYS,
} from "./sample-facts.js";
import { type LooseLine, chainBytes } from "./sample-chain.js";
import { sampleTranscript, transcriptSeal } from "./sample-transcript.js";
import { sampleMeasured } from "./sample-measured.js";
import { sampleRegistration, sampleObservation, sampleConclusion } from "./sample-documents.js";

/** What a tampering test may put in the place of a part; the rest is made to fit. */
export interface SampleChanges {
  /** Version of the bundle's format; 1 unless told. */
  readonly format?: BundleVersion;
  /** Whether shadow models are registered; otherwise there are none. */
  readonly shadowed?: boolean;
  readonly registration?: Partial<RegistrationFile>;
  /** What dates the registration and salts its carrier; nothing unless told. */
  readonly anchor?: SampleAnchor;
  /** The plan that is followed; none unless told. */
  readonly plan?: (registered: SampleRegistered) => SamplePlan;
  readonly basis?: Uint8Array | null;
  readonly registrationChain?: (commitment: string, seal: string) => Uint8Array;
  readonly marks?: Uint8Array | null;
  readonly transcript?: (commitment: string) => readonly LooseLine[];
  readonly observation?: Partial<ObservationFile>;
  /** Changed after sealing. */
  readonly files?: (files: Map<string, Uint8Array>) => void;
  readonly conclusion?: Partial<ConclusionFile>;
  readonly seed?: Uint8Array;
}

export interface Sample {
  readonly bundle: Uint8Array;
  readonly commitment: string;
  readonly seal: string;
  /** Disclosure of the sub-key that the conclusion used. */
  readonly disclosure: Uint8Array;
}

/** A small whole bundle about nothing in particular; the same bytes each time. */
export function makeSample(changes: SampleChanges = {}): Sample {
  const basis = changes.basis === undefined ? utf8ToBytes("frozen basis 123") : changes.basis;
  const shadowed = changes.shadowed === true;
  const plain = sampleRegistration();
  const registered = shadowed ? { ...plain, ...shadowedRegistration(plain) } : plain;
  const { anchor } = changes;
  const demand = anchor === undefined ? {} : { anchor: anchor.demand };
  const registration = canonicalBytes({ ...registered, ...demand, ...changes.registration });
  const commitment = sha256Hex(registration);
  const transcript = chainBytes("transcript", (changes.transcript ?? sampleTranscript)(commitment));
  const measured = sampleMeasured(shadowed);
  const plan = changes.plan?.({
    commitment,
    chain: chainBytes("registration", registeredLines(commitment, anchor)),
  });
  for (const [name, bytes] of plan?.observed ?? []) measured.files.set(name, bytes);
  const observed = { ...sampleObservation({ commitment, transcript, measured }), ...plan?.observation };
  const probes = shadowed && observed.probes !== null ? { probes: shadowedProbes(observed.probes) } : {};
  const observation = canonicalBytes({
    ...observed,
    ...probes,
    ...changes.observation,
  });
  const seal = sha256Hex(observation);
  const chain = (of: string, sealed: string): Uint8Array =>
    chainBytes("registration", [
      ...registeredLines(of, anchor),
      ...(plan === undefined ? [] : [plan.line]),
      sampleCounted(sealed, plan),
    ]);
  const files = new Map<string, Uint8Array>([
    ["registration/registration.json", registration],
    ["registration/chain.jsonl", (changes.registrationChain ?? chain)(commitment, seal)],
    ["observation/observation.json", observation],
    ["observation/seal.json", sealBytes({ observation: seal, transcript: transcriptSeal(transcript) })],
    ["observation/transcript.jsonl", transcript],
    ...[...measured.files].map(([name, bytes]) => [`observation/${name}`, bytes] as const),
    [
      "conclusion.json",
      canonicalBytes({
        ...sampleConclusion({ registration, observation, files: measured.files, anchor, plan }),
        ...changes.conclusion,
      }),
    ],
  ]);
  for (const [name, bytes] of anchor?.files ?? []) files.set(`registration/${name}`, bytes);
  for (const [name, bytes] of plan?.files ?? []) files.set(`plan/${name}`, bytes);
  if (basis !== null) files.set("registration/basis.f64", basis);
  const marks = changes.marks === undefined ? sampleMarks(commitment) : changes.marks;
  if (marks !== null) files.set("registration/marks.jsonl", marks);
  const { format = 1, seed = SAMPLE_SEED } = changes;
  if (format > 1) addDossier(files, seed);
  changes.files?.(files);
  return {
    bundle: makeBundle(files, seed, portableSha256, format),
    commitment,
    seal,
    disclosure: makeDisclosure(commitment, SAMPLE_SUB_KEYS, 0),
  };
}

/** What a court reads, but for the printed report. */
function addDossier(files: Map<string, Uint8Array>, seed: Uint8Array): void {
  const { files: made } = makeDossier(files, {
    seeds: { ed25519: seed, p256: SAMPLE_P256_SEED },
    bundled: new Date(SAMPLE_TIME),
    keystream: portableKeystream,
  });
  for (const [name, bytes] of made) files.set(name, bytes);
  for (const name of PUBLISHED_NAMES)
    files.set(
      name,
      new Uint8Array(readFileSync(new URL(`../../published/${PUBLISHED_SOURCES[name]}`, import.meta.url))),
    );
}

/** Lines of the registration's chain up to where a plan is entered. */
function registeredLines(commitment: string, anchor: SampleAnchor | undefined): LooseLine[] {
  const noted = [...(anchor?.files ?? [])].filter(([name]) => name !== ANCHOR_FILES.roots);
  return [
    { type: "registration", body: { commitment } },
    ...noted.map(([file, bytes]) => ({
      type: file === ANCHOR_FILES.beacon ? "beacon" : "timestamp",
      body: { file, sha256: sha256Hex(bytes) },
    })),
  ];
}

/** The line that counts the sample's observation. */
export function sampleCounted(seal: string, plan?: SamplePlan): LooseLine {
  const followed = plan?.observation.plan;
  return {
    type: "observation",
    body: { seal, suspect: SAMPLE_SUSPECT, ...(followed === undefined ? {} : { plan: followed.sha256 }) },
  };
}

function sampleMarks(commitment: string): Uint8Array {
  return chainBytes("marks", [{ type: "mark", body: { registration: commitment, sha256: "ab".repeat(32) } }]);
}
