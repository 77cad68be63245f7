import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ObservedControl } from "@indicia/evidence/formats";
import { openModel } from "@indicia/onnx/open";
import { writeModel } from "@indicia/onnx/write";
import { type AnswerTable, probabilities } from "@indicia/proof/answer-residual";
import type { LearnedAccess } from "./answer-kind.js";
import { readFeatures } from "./marks/readout/features.js";
import { measureAnswers } from "@indicia/evidence/measure-answers";
import { noiseEdits } from "./noise.js";
import type { ProbeSet } from "./probes/choose.js";
import { normal, publicRandom } from "./probes/prng.js";
import { decision } from "./probes/uncertain.js";
import type { Registration } from "./registration.js";

/** Innocents of every examination of answers: the reference with its weights disturbed, by public seeds. */
const NOISED_INNOCENTS = 2;
/** Their disturbance, as a share of each tensor's spread: about what fine-tuning leaves. */
const INNOCENT_NOISE = 0.01;
/** The stranger's mark: a tilt of this many logits under a pattern that the owner's key has nothing to do with. */
const STRANGER_STRENGTH = 0.05;

interface ControlRequest {
  readonly registration: Registration;
  readonly referencePath: string;
  readonly probes: ProbeSet;
  readonly table: AnswerTable;
  readonly access: LearnedAccess;
}

/**
 * Put models that have nothing to do with the key through the same measurement, on the same probes, answering the
 * way the suspect answers: the reference itself, disturbed references, and a reference with a stranger's tilt.
 */
export async function answerControls(
  request: ControlRequest,
): Promise<{ controls: ObservedControl[]; files: Map<string, Uint8Array> }> {
  const { table, registration } = request;
  const models: { name: string; kind: ObservedControl["kind"]; logits: Float64Array }[] = [
    { name: "reference", kind: "reference", logits: table.reference },
    { name: "stranger", kind: "innocent", logits: strangersLogits(table, registration.commitment) },
  ];
  for (let i = 1; i <= NOISED_INNOCENTS; i++) {
    models.push({ name: `noised-${i}`, kind: "innocent", logits: await noisedLogits(request, `noise/${i}`) });
  }
  const controls: ObservedControl[] = [];
  const files = new Map<string, Uint8Array>();
  for (const { name, kind, logits } of models) {
    const measured = measureAnswers(
      { ...table, ...answerLike(table, logits, request.access) },
      table.probes,
      `control-${name}`,
    );
    for (const [file, bytes] of measured.files) files.set(file, bytes);
    controls.push({ name, kind, residuals: measured.residuals });
  }
  return { controls, files };
}

/** What a model with these logits would have answered through the suspect's window. */
export function answerLike(
  table: AnswerTable,
  logits: Float64Array,
  access: LearnedAccess,
): Pick<AnswerTable, "vectors" | "labels"> {
  const { probes: n, classes: m } = table;
  if (table.vectors === null) {
    return { vectors: null, labels: Int32Array.from({ length: n }, (_, i) => decision(logits, i, m)) };
  }
  const values = new Float64Array(n * m);
  for (let i = 0; i < n; i++) {
    const row =
      table.vectors.scale === "logits"
        ? logits.subarray(i * m, (i + 1) * m)
        : probabilities({ classes: m, reference: logits, link: table.link }, i);
    const visible = access.topK === null ? m : access.topK;
    const order = [...row.keys()].sort((a, b) => (row[b] ?? 0) - (row[a] ?? 0));
    const shown = new Set(order.slice(0, visible));
    for (let c = 0; c < m; c++) {
      values[i * m + c] = shown.has(c) ? rounded(row[c] ?? 0, access.decimals) : Number.NaN;
    }
  }
  return { vectors: { scale: table.vectors.scale, values }, labels: null };
}

function rounded(value: number, decimals: number | null): number {
  return decimals === null ? Math.fround(value) : Number(value.toFixed(Math.min(decimals, 15)));
}

function strangersLogits(table: AnswerTable, commitment: string): Float64Array {
  const { probes: n, dimensions: k, classes: m, phi, reference } = table;
  const random = publicRandom(`indicia/1/control/stranger/${commitment}`);
  const pattern = Float64Array.from({ length: k * m }, () => (normal(random) > 0 ? 1 : -1));
  const out = Float64Array.from(reference);
  const scale = STRANGER_STRENGTH / Math.sqrt(k);
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < k; r++) {
      const tilt = scale * (phi[i * k + r] ?? 0);
      for (let c = 0; c < m; c++) out[i * m + c] = (out[i * m + c] ?? 0) + tilt * (pattern[r * m + c] ?? 0);
    }
  }
  return out;
}

async function noisedLogits(request: ControlRequest, label: string): Promise<Float64Array> {
  const { registration, referencePath, probes, table } = request;
  const { readout } = registration.file;
  if ("refusal" in readout) throw new TypeError("a read-out was checked for before asking");
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-control-"));
  const model = openModel(referencePath);
  try {
    const noised = path.join(folder, "noised.onnx");
    const random = publicRandom(`indicia/1/control/${label}/${registration.commitment}`);
    writeModel(model, noiseEdits(model, INNOCENT_NOISE, random), noised);
    const indices = Array.from({ length: table.probes }, (_, i) => i);
    const read = await readFeatures(noised, readout, {
      rows: indices.length,
      tensors: probes.inputs(indices),
    });
    return read.logits;
  } finally {
    model.close();
    await rm(folder, { recursive: true, force: true });
  }
}
