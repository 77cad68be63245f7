import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ObservedControl } from "@indicia/evidence/observation-format";
import {
  INNOCENT_NOISE,
  NOISED_INNOCENTS,
  noisedSeed,
  STRANGER_STRENGTH,
  strangerSeed,
} from "@indicia/evidence/public-controls";
import { openModel } from "@indicia/onnx/open";
import { writeModel } from "@indicia/onnx/write";
import { answerLike } from "@indicia/proof/answer-like";
import type { AnswerTable } from "@indicia/proof/answer-residual";
import type { LearnedAccess } from "./answer-kind.js";
import { readFeatures } from "./marks/readout/features.js";
import { measureAnswers } from "@indicia/evidence/measure-answers";
import { measureShadows } from "@indicia/evidence/measure-shadows";
import { noiseEdits } from "./noise.js";
import type { ProbeSet } from "./probes/pool.js";
import { normal, publicRandom } from "./probes/prng.js";
import type { Registration } from "./registration.js";

interface ControlRequest {
  readonly registration: Registration;
  readonly referencePath: string;
  readonly probes: ProbeSet;
  readonly table: AnswerTable;
  readonly access: LearnedAccess;
}

/**
 * Put models that have nothing to do with the key through the same measurement, on the same probes, answering the
 * way the suspect answers: the reference itself, disturbed references, a reference with a stranger's tilt, and each
 * shadow model beside the others.
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
    models.push({ name: `noised-${i}`, kind: "innocent", logits: await noisedLogits(request, i) });
  }
  const controls: ObservedControl[] = [];
  const files = new Map<string, Uint8Array>();
  for (const { name, kind, logits } of models) {
    const measured = measureAnswers(
      { ...table, ...answerLike(table, logits, request.access.topK) },
      table.probes,
      `control-${name}`,
    );
    for (const [file, bytes] of measured.files) files.set(file, bytes);
    controls.push({ name, kind, residuals: measured.residuals });
  }
  const shadows = measureShadows(table, request.access.topK);
  for (const [file, bytes] of shadows.files) files.set(file, bytes);
  return { controls: [...controls, ...shadows.controls], files };
}

function strangersLogits(table: AnswerTable, commitment: string): Float64Array {
  const { probes: n, dimensions: k, classes: m, phi, reference } = table;
  const random = publicRandom(strangerSeed(commitment));
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

async function noisedLogits(request: ControlRequest, number: number): Promise<Float64Array> {
  const { registration, referencePath, probes, table } = request;
  const { readout } = registration.file;
  if ("refusal" in readout) throw new TypeError("a read-out was checked for before asking");
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-control-"));
  const model = openModel(referencePath);
  try {
    const noised = path.join(folder, "noised.onnx");
    const random = publicRandom(noisedSeed(number, registration.commitment));
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
