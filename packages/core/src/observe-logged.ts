import { canonicalBytes, sha256Hex } from "@indicia/evidence/canonical";
import type { Access } from "@indicia/evidence/observation-format";
import type { AskedGroup, LeftOut, LoggedFile, SealedLogged } from "@indicia/evidence/logged-formats";
import { float64Bytes } from "@indicia/evidence/numbers";
import type { QueryGroup } from "@indicia/evidence/query-groups";
import { concatRows, type Tensor } from "@indicia/onnx/tensor";
import { type AnswerTable, lostRows } from "@indicia/proof/answer-residual";
import { classOrder } from "@indicia/proof/class-order";
import { type LearnedAccess, learnAccess } from "./answer-kind.js";
import { CoreError } from "./error.js";
import { measureQueries } from "./marks/logged/measure.js";
import type { LoggedPlan } from "./marks/logged/plan.js";
import { readLoggedPlan } from "./marks/logged/read-plan.js";
import { type FeatureReader, openFeatures } from "./marks/readout/features.js";
import { DECODING_NOTE, type ObservedTranscript, type Progress } from "./observe-endpoint.js";
import { type ChosenGroup, withinBudget } from "./logged-budget.js";
import { answerFiles, gatherAnswers } from "./probes/answers.js";
import type { InputRows, Registration } from "./registration.js";
import { openShadows, type ShadowReader } from "./shadow-models.js";
import type { Answer, BlackBoxSuspect } from "./suspect.js";

/** Rows handed to the suspect at a time; its own protocol may split them further. */
const ASK_ROWS = 16;

export interface LoggedRequest {
  readonly registration: Registration;
  readonly referencePath: string;
  readonly referenceSha256: string;
  readonly suspect: BlackBoxSuspect;
  /** As parted by `groupQueries`; `withinBudget` says how the budget is spent on them. */
  readonly groups: readonly QueryGroup[];
  /** The inputs of a query, one row each; null where the log has none. */
  readonly inputs: (query: string) => Readonly<Record<string, Tensor>> | null;
  readonly calibration: InputRows;
  /** The registered shadow models, .onnx files in their order. */
  readonly shadows: readonly Uint8Array[];
  readonly log: LoggedFile["log"];
  /** Queries that may be asked again. */
  readonly budget: number;
  readonly transcript: ObservedTranscript;
  readonly clock: () => Date;
  readonly signal?: AbortSignal;
  readonly onProgress?: Progress;
}

/**
 * Ask a suspect what a gateway was asked, and compare with the reference, without any key and without what the gateway
 * answered.
 *
 * @throws CoreError NO_READOUT, NOTHING_OBSERVED, ANSWERS_UNUSABLE, ABORTED
 */
export async function observeLogged(request: LoggedRequest): Promise<SealedLogged> {
  const started = request.transcript.begun;
  const { readout } = request.registration.file;
  if ("refusal" in readout) {
    throw new CoreError(
      "NO_READOUT",
      `answers cannot be compared: ${readout.refusal}`,
      "Only the weight mark of this model can be examined.",
    );
  }
  const shadows = await openShadows(request.shadows, readout.classes);
  const reader = await openFeatures(request.referencePath, readout);
  try {
    const plan = await readLoggedPlan(reader, request.calibration, readout);
    const chosen = withinBudget(request.groups, request.budget);
    await request.transcript.note(DECODING_NOTE, request.suspect.decoding);
    const asked = await askAll(request, { reader, shadows }, chosen.queries, plan.classes);
    const measured = measureGroups(asked, plan, chosen.groups, request.suspect.ordersClasses === true);
    return await seal(request, { started, plan, asked, leftOut: chosen.leftOut, ...measured });
  } finally {
    await reader.close();
    await shadows.close();
  }
}

interface Asked {
  readonly queries: readonly string[];
  readonly access: LearnedAccess;
  /** Of all queries. */
  readonly answers: readonly Answer[];
  /** The reference's logits, row-major [n, m]. */
  readonly reference: Float64Array;
  /** Each shadow's, in the same form. */
  readonly shadows: readonly Float64Array[];
  readonly classes: number;
}

async function askAll(
  request: LoggedRequest,
  { reader, shadows }: { readonly reader: FeatureReader; readonly shadows: ShadowReader },
  queries: readonly string[],
  classes: number,
): Promise<Asked> {
  const answers: Answer[] = queries.map(() => ({ kind: "lost", reason: "the log has no input" }));
  const reference = new Float64Array(queries.length * classes);
  const likeness = request.shadows.map(() => new Float64Array(queries.length * classes));
  const known = queries.flatMap((query, index) => {
    const inputs = request.inputs(query);
    return inputs === null ? [] : [{ index, inputs }];
  });
  for (let from = 0; from < known.length; from += ASK_ROWS) {
    if (request.signal?.aborted === true)
      throw new CoreError("ABORTED", "the trace was interrupted", "Go on with --resume.");
    const part = known.slice(from, from + ASK_ROWS);
    const tensors = joined(part.map(({ inputs }) => inputs));
    const given = await request.suspect.query(
      tensors,
      part.map(({ index }) => index),
      request.transcript,
    );
    const { logits } = await reader.read({ rows: part.length, tensors });
    const theirs = await shadows.read({ rows: part.length, tensors });
    for (const [i, { index }] of part.entries()) {
      answers[index] = given[i] ?? { kind: "lost", reason: "not answered" };
      reference.set(numbersOf(logits, i, classes), index * classes);
      for (const [s, all] of likeness.entries())
        all.set(numbersOf(theirs[s] ?? new Float64Array(0), i, classes), index * classes);
    }
    request.onProgress?.("asking logged queries again", from + part.length, known.length);
  }
  if (answers.every(({ kind }) => kind === "lost")) {
    throw new CoreError(
      "NOTHING_OBSERVED",
      "none of the logged queries was answered",
      "Check that the log belongs to this model, and that the suspect can be asked.",
    );
  }
  return { queries, access: learnAccess(answers), answers, reference, shadows: likeness, classes };
}

function numbersOf(values: Float64Array, row: number, width: number): Float64Array {
  return values.subarray(row * width, (row + 1) * width);
}

function rowsOf(values: Float64Array, rows: readonly number[], width: number): Float64Array {
  const out = new Float64Array(rows.length * width);
  for (const [i, row] of rows.entries()) out.set(numbersOf(values, row, width), i * width);
  return out;
}

/** One tensor per input, from one row of each. */
function joined(rows: readonly Readonly<Record<string, Tensor>>[]): Record<string, Tensor> {
  const names = Object.keys(rows[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [
      name,
      concatRows(
        rows.flatMap((row) => {
          const tensor = row[name];
          return tensor === undefined ? [] : [tensor];
        }),
      ),
    ]),
  );
}

interface Measured {
  readonly groups: readonly QueryGroup[];
  readonly records: readonly AskedGroup[];
  readonly files: ReadonlyMap<string, Uint8Array>;
}

function measureGroups(
  asked: Asked,
  plan: LoggedPlan,
  chosen: readonly ChosenGroup[],
  ordersClasses: boolean,
): Measured {
  const rowOf = new Map(asked.queries.map((query, row) => [query, row]));
  const records: AskedGroup[] = [];
  const files = new Map<string, Uint8Array>();
  for (const [index, { group, queries }] of chosen.entries()) {
    const rows = queries.map((query) => rowOf.get(query) ?? 0);
    const table = tableOf(asked, plan, rows);
    const measured = measureQueries(table, plan, `group-${index}`);
    for (const [name, bytes] of measured.files) files.set(name, bytes);
    records.push({
      kind: group.kind,
      customer: group.customer,
      batch: group.kind === "lead" ? null : group.batch,
      queries,
      lost: lostRows(table, rows.length),
      ...(ordersClasses ? { classOrder: classOrder(table, rows.length) } : {}),
      residuals: measured.residuals,
      labels: measured.labels,
    });
  }
  return { groups: chosen.map(({ group }) => group), records, files };
}

function tableOf(asked: Asked, plan: LoggedPlan, rows: readonly number[]): AnswerTable {
  const { classes: m, reference, shadows, access } = asked;
  const answers = rows.map(
    (row) => asked.answers[row] ?? ({ kind: "lost", reason: "not answered" } as const),
  );
  return {
    probes: rows.length,
    dimensions: 0,
    classes: m,
    phi: new Float64Array(0),
    reference: rowsOf(reference, rows, m),
    link: plan.link,
    decimals: access.decimals,
    probeRule: "most-uncertain",
    shadows: shadows.map((logits) => rowsOf(logits, rows, m)),
    ...gatherAnswers(answers, m, access),
  };
}

async function seal(
  request: LoggedRequest,
  given: Measured & {
    readonly started: string;
    readonly plan: LoggedPlan;
    readonly asked: Asked;
    readonly leftOut: LeftOut;
  },
): Promise<SealedLogged> {
  const { asked, plan, records } = given;
  const files = new Map(given.files);
  files.set("reference.f64", float64Bytes(asked.reference));
  for (const [i, logits] of asked.shadows.entries()) files.set(`shadow-${i + 1}.f64`, float64Bytes(logits));
  for (const [name, bytes] of answerFiles(gatherAnswers(asked.answers, asked.classes, asked.access)))
    files.set(name, bytes);
  const hashes: Record<string, string> = {};
  for (const [name, bytes] of files) hashes[name] = sha256Hex(bytes);
  const file: LoggedFile = {
    version: 1,
    kind: "indicia logged observation",
    registration: request.registration.commitment,
    reference: request.referenceSha256,
    suspect: request.suspect.identity,
    access: asked.access.access satisfies Access,
    answers: { decimals: asked.access.decimals, topK: asked.access.topK },
    log: request.log,
    classes: asked.classes,
    doubtfulBelow: plan.doubtfulBelow,
    asked: asked.queries.length,
    leftOut: given.leftOut,
    groups: records,
    files: hashes,
    transcript: await request.transcript.finish(),
    started: given.started,
    finished: request.clock().toISOString(),
  };
  return { file, seal: sha256Hex(canonicalBytes(file)), files, groups: given.groups };
}
