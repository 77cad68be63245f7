import { readFileSync } from "node:fs";
import type { AnswerTable } from "@indicia/proof/answer-residual";
import { carrierSalt, carrierSeed } from "@indicia/proof/keys";
import { portableKeystream } from "@indicia/proof/keystream";
import { bytesToHex, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { ANCHOR_FILES } from "../anchor.js";
import { toBase64 } from "../base64.js";
import { makeBundle } from "../bundle.js";
import { canonicalBytes, parseCanonical, portableSha256, sha256Hex } from "../canonical.js";
import { type ChainKind, chainLineBytes, chainStart } from "../chain.js";
import { makeDisclosure } from "../disclosure.js";
import { makeDossier } from "../dossier.js";
import { drawConclusion } from "../draw-conclusion.js";
import { float64Bytes } from "../numbers.js";
import { measureAnswers } from "../measure-answers.js";
import type { ConclusionFile } from "../conclusion-format.js";
import type { ObservationFile, ObservedControl, SealedResidual } from "../observation-format.js";
import type { RegistrationFile } from "../registration-format.js";
import { leafHash, merkleRoot } from "../merkle.js";
import type { BundleVersion } from "../manifest.js";
import { PUBLISHED_NAMES, PUBLISHED_SOURCES } from "../published.js";
import { sealBytes } from "../seal.js";
import { publicKey } from "../sign.js";
import { subKeysRoot } from "../sub-keys.js";
import type { SampleAnchor } from "./sample-anchor.js";
import type { SamplePlan, SampleRegistered } from "./sample-plan.js";
import { SAMPLE_SHADOWS, shadowedFiles, shadowedProbes, shadowedRegistration } from "./sample-shadows.js";

/** When everything about the sample happened. */
export const SAMPLE_TIME = "2025-03-01T12:00:00.000Z";
/** Whom the sample is about. */
export const SAMPLE_SUSPECT = { protocol: "json", target: "http://suspect.example" } as const;
/** Signing seed of the sample. */
export const SAMPLE_SEED: Uint8Array = new Uint8Array(32).fill(7);
/** Seed of the sample's P-256 key. */
export const SAMPLE_P256_SEED: Uint8Array = new Uint8Array(32).fill(8);
/** Decoy keys of the sample: few, since it is made often. */
const SAMPLE_DECOY_KEYS = 200;
/** Sub-keys of the sample. */
export const SAMPLE_SUB_KEYS: readonly Uint8Array[] = [1, 2, 3, 4].map((fill) =>
  new Uint8Array(32).fill(fill),
);

/** A line of a chain before it has its place. */
export interface LooseLine {
  readonly type: string;
  readonly body: unknown;
}

/** The bytes of a chain of these lines. */
export function chainBytes(kind: ChainKind, lines: readonly LooseLine[]): Uint8Array {
  let prev = chainStart(kind);
  const texts = lines.map(({ type, body }, index) => {
    const bytes = chainLineBytes({ index, prev, time: SAMPLE_TIME, type, body });
    prev = sha256Hex(bytes);
    return `${new TextDecoder().decode(bytes)}\n`;
  });
  return utf8ToBytes(texts.join(""));
}

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

/** Answers of the sample: six probes, the last of them lost. */
const SAMPLE_TABLE: AnswerTable = {
  probes: 6,
  dimensions: 2,
  classes: 3,
  phi: Float64Array.of(1, -1, 0.5, 2, -1.5, 0.25, -0.5, -1, 1.25, 0.5, 0, 1),
  reference: Float64Array.of(1, 0, -1, 0.5, 0.25, 0, 0, 1, 2, -1, 0, 1, 0.5, 0.5, -0.5, 1, 1, 0),
  link: "softmax",
  vectors: {
    scale: "probabilities",
    values: Float64Array.from(
      [
        [0.65, 0.25, 0.1],
        [0.4, 0.35, 0.25],
        [0.1, 0.25, 0.65],
        [0.1, 0.25, 0.65],
        [0.4, 0.4, 0.2],
        [Number.NaN, Number.NaN, Number.NaN],
      ].flat(),
    ),
  },
  labels: null,
  decimals: null,
  probeRule: "most-uncertain",
  shadows: [],
};
/** Probes of the sample. */
export const SAMPLE_PROBES = 6;

/** Residuals of the sample and of its controls, and every file that they and the answers lie in. */
function sampleMeasured(shadowed: boolean): {
  looks: SealedResidual[];
  controls: ObservedControl[];
  files: Map<string, Uint8Array>;
} {
  const files = new Map<string, Uint8Array>();
  const table: AnswerTable = shadowed
    ? { ...SAMPLE_TABLE, probeRule: "most-spread", shadows: SAMPLE_SHADOWS }
    : SAMPLE_TABLE;
  const measured = (name: string): SealedResidual[] => {
    const { residuals, files: made } = measureAnswers(table, SAMPLE_PROBES, name);
    for (const [file, bytes] of made) files.set(file, bytes);
    return residuals;
  };
  const looks = measured(`look-${SAMPLE_PROBES}`);
  const controls: ObservedControl[] = (["reference", "stranger", "noised-1", "noised-2"] as const).map(
    (name) => ({
      name,
      kind: name === "reference" ? ("reference" as const) : ("innocent" as const),
      residuals: measured(`control-${name}`),
    }),
  );
  files.set("phi.f64", float64Bytes(SAMPLE_TABLE.phi));
  files.set("reference.f64", float64Bytes(SAMPLE_TABLE.reference));
  files.set("answers.f64", float64Bytes(SAMPLE_TABLE.vectors?.values ?? new Float64Array(0)));
  if (!shadowed) return { looks, controls, files };
  const shadows = shadowedFiles(table);
  for (const [file, bytes] of shadows.files) files.set(file, bytes);
  return { looks, controls: [...controls, ...shadows.controls], files };
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

/** A transcript of one answered and one lost exchange. */
export function sampleTranscript(commitment: string): readonly LooseLine[] {
  const request = utf8ToBytes('{"inputs":[1,2,3]}');
  const answer = utf8ToBytes('{"outputs":[0.25,0.75]}');
  const intent = {
    method: "POST",
    url: "http://suspect.example/v2/models/m/infer",
    headers: { "content-type": "application/json", authorization: "redacted" },
    body: toBase64(request),
    sha256: sha256Hex(request),
    probes: [0],
  };
  return [
    {
      type: "begin",
      body: {
        version: 1,
        kind: "indicia transcript",
        registration: commitment,
        target: "http://suspect.example",
      },
    },
    { type: "intent", body: intent },
    {
      type: "answer",
      body: {
        intent: 1,
        status: 200,
        headers: { "content-type": "application/json" },
        body: toBase64(answer),
        sha256: sha256Hex(answer),
        address: "192.0.2.7",
        certificate: null,
      },
    },
    { type: "note", body: { kind: "access", body: { access: "probabilities" } } },
    { type: "intent", body: { ...intent, probes: [1] } },
    { type: "lost", body: { intent: 4, reason: "timed out" } },
  ];
}

/** Number of lines and Merkle root of the lines of a transcript. */
export function transcriptSeal(transcript: Uint8Array): { entries: number; root: string } {
  const lines = new TextDecoder().decode(transcript).split("\n").slice(0, -1);
  return {
    entries: lines.length,
    root: bytesToHex(merkleRoot(lines.map((line) => leafHash(utf8ToBytes(line))))),
  };
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

function sampleRegistration(): RegistrationFile {
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

function sampleObservation(given: {
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
function sampleConclusion(given: {
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
