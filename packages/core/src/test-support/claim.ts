import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { INTERRUPTED } from "@indicia/evidence/transcript";
import { openModel } from "@indicia/onnx/open";
import { type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { openSession } from "@indicia/runtime/session";
import { type FakeAnswer, type FakeSuspect, fakeSuspect } from "@indicia/testkit/fake-suspect";
import { type TinyOptions, tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { tinyStudent } from "@indicia/testkit/tiny-student";
import { conclude } from "../conclude.js";
import { type MarkReport, markModel } from "../mark.js";
import type { SealedObservation } from "../observation.js";
import { type EndpointRequest, observeEndpoint, type ObservedTranscript } from "../observe-endpoint.js";
import { normal, publicRandom } from "../probes/prng.js";
import type { InputRows, Registration } from "../registration.js";
import { createRegistration, registeredSeed } from "../registration-keys.js";
import type { BlackBoxSuspect } from "../suspect.js";

export const OWNER_KEY: Uint8Array = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1);
const ROWS = 600;
const INPUTS = 12;

/** A registered and marked tiny classifier in a folder of its own. */
export interface Claim {
  readonly folder: string;
  readonly reference: string;
  readonly marked: string;
  readonly registration: Registration;
  readonly seed: Uint8Array;
  readonly pool: InputRows;
  readonly calibration: InputRows;
  readonly shadows: readonly Uint8Array[];
  readonly report: MarkReport;
}

/** How far students go astray, all of them and each alone. */
export const STUDENT = { common: 0.25, own: 0.1 } as const;

export function digest(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

export function drawnRows(seed: string, rows: number = ROWS, inputs: number = INPUTS): InputRows {
  const random = publicRandom(seed);
  const data = Float32Array.from({ length: rows * inputs }, () => normal(random));
  const x: Tensor = { type: "float32", dims: [rows, inputs], data };
  return { rows, tensors: { x }, sha256: digest(new Uint8Array(data.buffer)), random: true };
}

/** Register a model file under the owner key of the tests. */
export async function registered(
  reference: { readonly path: string; readonly bytes: Uint8Array },
  rows: { readonly calibration: InputRows; readonly pool: InputRows },
  shadows: readonly Uint8Array[] = [],
): Promise<Registration> {
  const model = openModel(reference.path);
  try {
    return await createRegistration({
      model,
      modelPath: reference.path,
      reference: { sha256: digest(reference.bytes), bytes: reference.bytes.length, externalFiles: [] },
      ownerKey: OWNER_KEY,
      owner: null,
      payload: null,
      ...rows,
      shadows: shadows.map(digest),
      created: new Date(0),
    });
  } finally {
    model.close();
  }
}

/** Register a tiny classifier and mark it. */
export async function claimOf(
  options: TinyOptions & {
    readonly readout?: number | "auto" | "off";
    readonly labelBudget?: number;
    readonly shadows?: number;
  } = {},
): Promise<Claim> {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-core-"));
  const reference = path.join(folder, "reference.onnx");
  const marked = path.join(folder, "marked.onnx");
  const { bytes, input } = tinyClassifier(options);
  writeFileSync(reference, bytes);
  const named = ({ tensors, ...rest }: InputRows): InputRows => ({
    ...rest,
    tensors: Object.fromEntries(Object.values(tensors).map((tensor) => [input.name, tensor])),
  });
  const calibration = named(drawnRows("calibration"));
  const pool = named(drawnRows("pool"));
  const model = openModel(reference);
  try {
    const shadows = Array.from({ length: options.shadows ?? 0 }, (_, i) =>
      tinyStudent(tinyClassifier({ ...options, link: "none" }).bytes, { seed: i + 1, ...STUDENT }),
    );
    const registration = await registered({ path: reference, bytes }, { calibration, pool }, shadows);
    const seed = registeredSeed(registration, OWNER_KEY, 0);
    const report = await markModel({
      model,
      modelPath: reference,
      registration,
      seed,
      calibration,
      weights: "off",
      readout: options.readout ?? 0.2,
      labelBudget: options.labelBudget ?? 0.05,
      payload: null,
      out: marked,
    });
    return { folder, reference, marked, registration, seed, pool, calibration, shadows, report };
  } finally {
    model.close();
  }
}

/** A model file that answers row by row. */
export async function servedSuspect(
  file: string,
  show: (probabilities: Float64Array, probe: number) => FakeAnswer = (values) => ({ kind: "vector", values }),
): Promise<FakeSuspect> {
  const session = await openSession(file);
  const suspect = fakeSuspect(async (row, probe) => {
    const [scores] = Object.values(await session.run(row));
    return scores === undefined ? { kind: "lost", reason: "no output" } : show(toFloat64(scores), probe);
  });
  return {
    ...suspect,
    close: async () => {
      await suspect.close();
      await session.close();
    },
  };
}

/** A suspect whose first rounds of answers are lost to an interruption, as a resumed observation finds them. */
export function interruptedFirst(suspect: FakeSuspect, rounds: number): FakeSuspect {
  let left = rounds;
  return {
    ...suspect,
    query: async (inputs, probes, recorder) => {
      const answers = await suspect.query(inputs, probes, recorder);
      return left-- > 0 ? answers.map(() => ({ kind: "lost", reason: INTERRUPTED })) : answers;
    },
  };
}

export function labelOf(probabilities: Float64Array): FakeAnswer {
  return { kind: "label", label: probabilities.indexOf(Math.max(...probabilities)) };
}

/** A transcript that is kept in memory. */
export function memoryTranscript(begun: string = new Date(0).toISOString()): ObservedTranscript & {
  readonly notes: string[];
  readonly intents: number[][];
} {
  const intents: number[][] = [];
  const notes: string[] = [];
  return {
    begun,
    intents,
    notes,
    intent: async ({ probes }) => intents.push([...probes]) - 1,
    answer: async () => undefined,
    lost: async () => undefined,
    note: async (kind) => void notes.push(kind),
    finish: async () => ({ entries: intents.length, root: "00".repeat(32) }),
  };
}

export function observed(
  claim: Claim,
  suspect: BlackBoxSuspect,
  more: Partial<EndpointRequest> = {},
): Promise<SealedObservation> {
  return observeEndpoint({
    registration: claim.registration,
    referencePath: claim.reference,
    referenceSha256: claim.registration.file.reference.sha256,
    suspect,
    pool: claim.pool,
    shadows: claim.shadows,
    budget: 400,
    transcript: memoryTranscript(),
    clock: () => new Date(0),
    ...more,
  });
}

export function concluded(
  { registration, seed }: Pick<Claim, "registration" | "seed">,
  observation: SealedObservation,
): ReturnType<typeof conclude> {
  return conclude({
    observation,
    registration,
    seed,
    subKey: 0,
    position: 1,
    level: 1e-6,
    payload: null,
    decoyKeys: 500,
    clock: () => new Date(0),
  });
}
