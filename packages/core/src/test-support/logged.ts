import type { CustomerEntry } from "@indicia/evidence/customers";
import type { SealedLogged } from "@indicia/evidence/logged-formats";
import { signBatch } from "@indicia/evidence/query-batch";
import { groupQueries, type QueryGroup } from "@indicia/evidence/query-groups";
import type { QueryLog } from "@indicia/evidence/query-log";
import { publicKey } from "@indicia/evidence/sign";
import { gatherRows, type Tensor } from "@indicia/onnx/tensor";
import { type FakeAnswer, type FakeSuspect, fakeSuspect } from "@indicia/testkit/fake-suspect";
import { bytesToHex } from "@noble/hashes/utils.js";
import { customerPlace } from "../customer-mark.js";
import { type AnswerMarker, answerMarker, type GatewayMark } from "../gateway-answers.js";
import { type GatewayKeys, gatewayKeys } from "../gateway-keys.js";
import { openFeatures } from "../marks/readout/features.js";
import { readLoggedPlan } from "../marks/logged/read-plan.js";
import { observeLogged } from "../observe-logged.js";
import type { InputRows } from "../registration.js";
import type { BlackBoxSuspect } from "../suspect.js";
import { type Claim, digest, memoryTranscript, OWNER_KEY } from "./claim.js";

const SIGNING = new Uint8Array(32).fill(3);

/** A customer who signs what he asks. */
export const ALICE: CustomerEntry = {
  id: "alice",
  committed: "00".repeat(32),
  since: "1970-01-01T00:00:00.000Z",
  signer: bytesToHex(publicKey(SIGNING)),
};

/** What a gateway in front of the reference said to a customer, query by query. */
export interface Served {
  readonly keys: GatewayKeys;
  readonly queries: readonly string[];
  readonly inputs: ReadonlyMap<string, Readonly<Record<string, Tensor>>>;
  /** Marked outputs, by query. */
  readonly answers: ReadonlyMap<string, Float64Array>;
  readonly changed: number;
  readonly marker: AnswerMarker;
}

/** Answer rows as a marking gateway would. */
export async function servedTo(
  claim: Claim,
  rows: InputRows,
  given: Partial<Pick<GatewayMark, "strength" | "tilt">> & { readonly customer?: string | null } = {},
): Promise<Served> {
  const { readout } = claim.registration.file;
  if ("refusal" in readout) throw new TypeError("a tiny classifier has a read-out");
  const keys = gatewayKeys(claim.registration, OWNER_KEY);
  const reader = await openFeatures(claim.reference, readout);
  try {
    const plan = await readLoggedPlan(reader, claim.calibration, readout);
    const { strength = 0, tilt = 0.05, customer = "alice" } = given;
    const place = customerPlace(claim.registration);
    const marker = answerMarker({ keys, place, tail: readout.tail, plan, strength, tilt }, []);
    const inputs = new Map(
      Array.from({ length: rows.rows }, (_, row) => {
        const tensors = rowOf(rows.tensors, row);
        return [hashOf(tensors), tensors] as const;
      }),
    );
    const queries = [...inputs.keys()];
    const { outputs, changed } = marker(await reader.read(rows), queries, customer);
    const m = readout.classes;
    const answers = new Map(queries.map((query, i) => [query, outputs.slice(i * m, (i + 1) * m)]));
    return { keys, queries, inputs, answers, changed: changed.filter(Boolean).length, marker };
  } finally {
    await reader.close();
  }
}

/** The simplest thief: a table of the answers he got. Whatever he was not told is lost. */
export function tableThief(
  { answers }: Pick<Served, "answers">,
  show: (values: Float64Array) => FakeAnswer = (values) => ({ kind: "vector", values }),
): FakeSuspect {
  return fakeSuspect((row) => {
    const known = answers.get(hashOf(row));
    return known === undefined ? { kind: "lost", reason: "never asked" } : show(known);
  });
}

/** The groups of a log in which a customer signed some queries, and asked all. */
export function loggedGroups(
  claim: Claim,
  served: Pick<Served, "queries">,
  signed: readonly string[],
  pool: readonly string[] = [],
): QueryGroup[] {
  const time = "2026-01-01T00:00:00.000Z";
  const { commitment: registration } = claim.registration;
  const batch = { registration, customer: ALICE.id, queries: signed };
  const log: QueryLog = {
    registration,
    batches: signed.length === 0 ? [] : [{ line: 1, time, ...batch, signature: signBatch(SIGNING, batch) }],
    answers: served.queries.map((query, i) => ({
      line: 2 + i,
      time,
      customer: ALICE.id,
      query,
      changed: false,
    })),
    inputs: new Map(),
    head: "00".repeat(32),
    lines: 0,
  };
  return groupQueries(log, { customers: [ALICE], pool });
}

/** Ask logged queries again. */
export function askedAgain(
  claim: Claim,
  served: Pick<Served, "inputs">,
  given: {
    readonly suspect: BlackBoxSuspect;
    readonly groups: readonly QueryGroup[];
    readonly budget?: number;
  },
): Promise<SealedLogged> {
  return observeLogged({
    registration: claim.registration,
    referencePath: claim.reference,
    referenceSha256: claim.registration.file.reference.sha256,
    suspect: given.suspect,
    groups: given.groups,
    inputs: (query) => served.inputs.get(query) ?? null,
    calibration: claim.calibration,
    shadows: claim.shadows,
    log: { head: "00".repeat(32), lines: 0 },
    budget: given.budget ?? 10_000,
    transcript: memoryTranscript(),
    clock: () => new Date(0),
  });
}

function rowOf(tensors: Readonly<Record<string, Tensor>>, row: number): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, gatherRows(tensor, [row])]),
  );
}

function hashOf(row: Readonly<Record<string, Tensor>>): string {
  const [tensor] = Object.values(row);
  if (tensor === undefined || !ArrayBuffer.isView(tensor.data)) throw new TypeError("a row of numbers");
  const { buffer, byteOffset, byteLength } = tensor.data;
  return digest(new Uint8Array(buffer, byteOffset, byteLength));
}
