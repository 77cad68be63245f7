import type { OnnxModel, TensorEntry } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import { elementCount } from "@indicia/onnx/tensor";
import { isReal } from "../plan.js";
import { weightUses } from "../uses.js";
import { quantisedWeights } from "./dequantise.js";
import { type Factor, factorPairs, productOf, sidesOf } from "./factors.js";
import { type Matrix, type MatrixShape, matrixLayout, toCanonical } from "./matrix.js";
import { channelBlocks, unblocked } from "./nchwc.js";

/** One way to read a stored tensor of a suspect as a matrix of weights. */
export interface View extends MatrixShape {
  /** Id of the stored tensor. */
  readonly tensor: string;
  /** Place among the suspect's tensors, 0 .. 1: models keep the order of their layers. */
  readonly place: number;
  /** Null where the file does not hold what it should. */
  load(): Matrix | null;
}

/** Smaller tensors are not looked at: too little to recognise. */
const LEAST_ELEMENTS = 64;
/** Matrices kept in memory between uses, in numbers; 128 MB. */
const CACHED_NUMBERS: number = 32 * 2 ** 20;

/**
 * Every way to read the tensors of a suspect as weights: real or quantised, stored for either operand of a product,
 * in the order of any layout; of two products after one another also what they do together. What is stored in which order is not believed: matching tries all.
 */
export function suspectViews(model: OnnxModel): View[] {
  const cache = matrixCache();
  const uses = new Map(weightUses(model).map(({ tensor, rowAxis }) => [tensor.id, rowAxis]));
  const quantised = new Map(quantisedWeights(model).map((each) => [each.tensor.id, each]));
  const blocked = channelBlocks(model);
  const views: View[] = [];
  const places = new Map(
    model.tensors.map((tensor, at) => [tensor.id, at / Math.max(1, model.tensors.length - 1)]),
  );
  for (const tensor of model.tensors) {
    const stored = quantised.get(tensor.id) ?? real(model, tensor);
    if (stored === null || stored.dims.length < 2 || elementCount(stored.dims) < LEAST_ELEMENTS) continue;
    const place = places.get(tensor.id) ?? 0;
    for (const rowAxis of rowAxes(stored.dims, stored.rowAxis ?? uses.get(tensor.id) ?? null)) {
      const layout = matrixLayout(stored.dims, rowAxis);
      const key = `${tensor.id}\0${rowAxis}`;
      const load = (): Matrix | null => {
        const values = stored.read();
        return values === null ? null : toCanonical(values, layout);
      };
      views.push({ ...shapeOf(layout), tensor: tensor.id, place, load: () => cache(key, load) });
    }
    for (const form of blocked.get(tensor.id) ?? []) {
      const shape = {
        out: stored.dims[0] ?? 0,
        inn: stored.dims[1] ?? 0,
        kernel: elementCount(stored.dims.slice(2)),
      };
      const load = (): Matrix | null => {
        const values = stored.read();
        return values === null ? null : { ...shape, values: unblocked(values, shape, form) };
      };
      const key = `${tensor.id}\0${form.outBlock},${form.innBlock}`;
      views.push({ ...shape, tensor: tensor.id, place, load: () => cache(key, load) });
    }
  }
  for (const { first, second } of factorPairs(model)) {
    const read = ({ tensor, rowAxis }: Factor): Matrix | null => {
      const values = real(model, tensor)?.read() ?? null;
      return values === null ? null : toCanonical(values, matrixLayout(tensor.dims, rowAxis));
    };
    const load = (): Matrix | null => {
      const [inner, outer] = [read(first), read(second)];
      return inner === null || outer === null ? null : productOf(inner, outer);
    };
    const shape = { out: sidesOf(second).out, inn: sidesOf(first).inn, kernel: 1 };
    const ids = `${first.tensor.id} and ${second.tensor.id}`;
    const place = places.get(second.tensor.id) ?? 0;
    views.push({ ...shape, tensor: ids, place, load: () => cache(ids, load) });
  }
  return views;
}

function shapeOf({ out, inn, kernel }: MatrixShape): MatrixShape {
  return { out, inn, kernel };
}

function real(
  model: OnnxModel,
  tensor: TensorEntry,
): { dims: readonly number[]; rowAxis: null; read: () => Float32Array | null } | null {
  if (!isReal(tensor.type) || tensor.storage.kind === "none" || tensor.storage.kind === "attribute")
    return null;
  return { dims: tensor.dims, rowAxis: null, read: () => readFloats(model, tensor) };
}

/** The axis that the operator says, then the other one of the first two, or of a matrix the other. */
function rowAxes(dims: readonly number[], known: number | null): number[] {
  const axes = dims.length === 2 ? [0, 1] : dims.length === 3 ? [0, 1, 2] : [0, 1];
  return known === null ? axes : [known, ...axes.filter((axis) => axis !== known)];
}

function matrixCache(): (key: string, load: () => Matrix | null) => Matrix | null {
  const kept = new Map<string, Matrix>();
  let numbers = 0;
  return (key, load) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const matrix = load();
    if (matrix === null || matrix.values.length > CACHED_NUMBERS) return matrix;
    for (const [oldest, { values }] of kept) {
      if (numbers + matrix.values.length <= CACHED_NUMBERS) break;
      kept.delete(oldest);
      numbers -= values.length;
    }
    kept.set(key, matrix);
    numbers += matrix.values.length;
    return matrix;
  };
}
