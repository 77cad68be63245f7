import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import type { Edit } from "@indicia/onnx/edit";
import { readFloats } from "@indicia/onnx/read-tensor";
import type { WrittenModel } from "@indicia/onnx/write";
import { writeModelParallel } from "@indicia/onnx/write-parallel";
import { readoutCarrier } from "@indicia/proof/carrier";
import { nodeKeystream } from "./keystream-node.js";
import { changedLabel, listen, type Said } from "./label-change.js";
import type { Marking } from "./mark.js";
import { coordinates } from "./marks/readout/basis.js";
import { readoutEdits, unitTilt } from "./marks/readout/embed.js";
import type { Readout } from "./marks/readout/find.js";
import { embedWeights } from "./marks/weights/embed.js";
import { margin } from "./probes/uncertain.js";
import { signalOption } from "./signal-option.js";

/** Strengths of the weight mark that `auto` chooses from. Stronger ones drown the read-out mark in changed features. */
const WEIGHT_LADDER: readonly number[] = [0.0005, 0.001, 0.0015, 0.002, 0.0025, 0.003];
/** Candidates after which an accepted one is good enough. */
const MOST_TRIES = 2;
/** Share of the label allowance that the weight mark may use up; the read-out mark needs the rest to be seen. */
const WEIGHT_SHARE = 0.25;
/** The read-out ladder of `auto`, in logits: a geometric one, fine enough to use up the budget. */
const READOUT_LADDER = { least: 0.002, most: 3, ratio: 1.04 } as const;

export interface ChosenWeights {
  readonly edits: readonly Edit[];
  readonly strength: number;
  readonly tensors: number;
  readonly weights: number;
  readonly changeSquared: number;
  readonly valuesSquared: number;
  readonly notes: readonly string[];
  /** What the model says once these edits are made; null where they were not tried. */
  readonly said: Said | null;
  /** The files with these edits and no others, in a scratch folder of their own; null where there are none. */
  readonly written: (WrittenModel & { readonly path: string }) | null;
}

export interface ChosenReadout {
  readonly edits: readonly Edit[];
  readonly strength: number;
  readonly dimensions: number;
  readonly changeSquared: number;
  readonly valuesSquared: number;
}

/** The strongest weight mark within its share of the budget, or the one asked for; null where it is off. */
export async function chooseWeights(marking: Marking): Promise<ChosenWeights | null> {
  const { request, before, most } = marking;
  const { weights } = request.registration.file;
  if (request.weights === "off" || "refusal" in weights) return null;
  if (request.weights !== "auto") return { ...embed(marking, request.weights), said: null, written: null };
  const share = request.readout === "off" || marking.place === null ? most : Math.floor(most * WEIGHT_SHARE);
  let rejected = WEIGHT_LADDER.length;
  let chosen: { readonly step: number; readonly candidate: ChosenWeights } | null = null;
  for (let tried = 1, step = likelyStep(before, weights.tensors.length, share); ; tried++) {
    request.onProgress?.("choosing the strength of the weight mark", tried, MOST_TRIES + 1);
    const candidate = await tryWeights(marking, WEIGHT_LADDER[step] ?? 0);
    // The weakest is placed even where the budget is tight: without a weight mark an open file proves little.
    const accepted = step === 0 || countChanged(before, candidate.said) <= share;
    discard(accepted ? (chosen?.candidate ?? null) : candidate);
    if (accepted) chosen = { step, candidate };
    else rejected = step;
    const best = WEIGHT_LADDER.slice(0, rejected).findLastIndex(
      (strength) => foreseen(before, candidate, strength) <= share,
    );
    if (chosen !== null && (best <= chosen.step || tried >= MOST_TRIES)) return chosen.candidate;
    step = Math.max(0, best);
  }
}

/**
 * The strongest step that margins alone let one hope for, so that few candidates of a large model have to be tried.
 * A mark of strength eps on L layers moves a logit by about eps sqrt(L) of what logits vary.
 */
function likelyStep(before: Said, layers: number, share: number): number {
  const { rows, width, scores } = before;
  const margins: number[] = [];
  let squares = 0;
  for (let i = 0; i < rows; i++) {
    const own = scores.subarray(i * width, (i + 1) * width);
    const mean = own.reduce((sum, score) => sum + score, 0) / width;
    for (const score of own) squares += (score - mean) ** 2;
    margins.push(margin(scores, i, width, before.link === "sigmoid" ? "sigmoid" : "softmax"));
  }
  margins.sort((a, b) => a - b);
  const spread = Math.sqrt((2 * layers * squares) / Math.max(1, rows * width));
  const bearable = margins[Math.min(share, rows - 1)] ?? 0;
  const step = WEIGHT_LADDER.findLastIndex((strength) => strength * spread <= bearable);
  return Math.max(0, step);
}

function discard(candidate: ChosenWeights | null): void {
  if (candidate?.written) rmSync(path.dirname(candidate.written.path), { recursive: true });
}

/** Labels that a mark of another strength would change, since scores move in proportion to so small a change of the weights. */
function foreseen(
  before: Said,
  tried: { readonly said: Said; readonly strength: number },
  strength: number,
): number {
  const share = strength / tried.strength;
  const scores = before.scores.map((score, i) => score + share * ((tried.said.scores[i] ?? 0) - score));
  return countChanged(before, { ...before, scores });
}

async function tryWeights(
  marking: Marking,
  strength: number,
): Promise<ChosenWeights & { readonly said: Said }> {
  const { request, place, scratch } = marking;
  const embedded = embed(marking, strength);
  // Under the name that it will have, which the model's own file would otherwise not know its weights by.
  const folder = path.join(scratch, String(strength));
  mkdirSync(folder);
  const candidate = path.join(folder, path.basename(request.out));
  const reserved = path.dirname(path.resolve(request.out));
  const written = await writeModelParallel(request.model, embedded.edits, candidate, {
    reserved,
    ...signalOption(request.signal),
  });
  const said = await listen(candidate, request.model, place, request.calibration, {
    logitsOnly: request.readout === "off",
    ...signalOption(request.signal),
  });
  return { ...embedded, said, written: { path: candidate, ...written } };
}

function embed({ request, scales }: Marking, strength: number): Omit<ChosenWeights, "said" | "written"> {
  const { weights } = request.registration.file;
  if ("refusal" in weights) throw new TypeError("a weight plan was checked for before embedding");
  const embedded = embedWeights({
    model: request.model,
    plan: weights.tensors,
    seed: request.seed,
    strength,
    payload: request.payload,
    keystream: nodeKeystream,
    scales,
  });
  return { ...embedded, strength };
}

/** The strongest read-out mark that the rest of the budget allows, on top of the weight mark. */
export async function chooseReadout(
  marking: Marking,
  place: Readout,
  weights: ChosenWeights | null,
): Promise<ChosenReadout | null> {
  const { request, before, most } = marking;
  const { basis } = request.registration;
  if (request.readout === "off" || basis === null) return null;
  const seed = request.readoutSeed ?? request.seed;
  const carrier = readoutCarrier(seed, basis.dimensions, place.classes, nodeKeystream);
  let strength = request.readout;
  if (strength === "auto") {
    const said = weights === null ? before : (weights.said ?? (await saidWith(marking, weights)));
    const phi = coordinates(basis, said.features, said.rows);
    const tilt = unitTilt(phi, carrier, { n: said.rows, k: basis.dimensions, m: place.classes });
    strength = strongestWithin(before, said, tilt, most);
    if (strength === 0) return null;
  }
  const change = readoutEdits(place, { basis, carrier, strength });
  const values = readFloats(request.model, place.weight);
  let valuesSquared = 0;
  for (const value of values) valuesSquared += value * value;
  return { ...change, strength, dimensions: basis.dimensions, valuesSquared };
}

async function saidWith({ request, place, scratch }: Marking, weights: ChosenWeights): Promise<Said> {
  const candidate = path.join(scratch, "weights.onnx");
  await writeModelParallel(request.model, weights.edits, candidate, signalOption(request.signal));
  return listen(candidate, request.model, place, request.calibration);
}

/** Labels are not monotone in the strength, so the ladder is climbed from below until one step is too far. */
function strongestWithin(before: Said, said: Said, tilt: Float64Array, most: number): number {
  let chosen = 0;
  const tilted = new Float64Array(said.scores.length);
  for (let eps: number = READOUT_LADDER.least; eps <= READOUT_LADDER.most; eps *= READOUT_LADDER.ratio) {
    for (let i = 0; i < tilted.length; i++) tilted[i] = (said.scores[i] ?? 0) + eps * (tilt[i] ?? 0);
    if (countChanged(before, { ...said, scores: tilted }) > most) break;
    chosen = eps;
  }
  return chosen;
}

function countChanged(before: Said, after: Said): number {
  let changed = 0;
  for (let i = 0; i < before.rows; i++) if (changedLabel(before, after, i)) changed++;
  return changed;
}
