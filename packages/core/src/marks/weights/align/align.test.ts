import { type OnnxModel, openModelBytes } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import type { Tensor } from "@indicia/onnx/tensor";
import type { PlannedTensor } from "@indicia/evidence/registration-format";
import { modelBytes } from "@indicia/onnx/write";
import { detectWeights } from "@indicia/proof/weight-detect";
import { describe, expect, it } from "vitest";
import { nodeKeystream } from "../../../keystream-node.js";
import { normal, type PublicRandom, publicRandom } from "../../../probes/prng.js";
import { embedWeights } from "../embed.js";
import { measureWeights } from "../measure.js";
import { heavyTensor, modelOf } from "../model.fixture.js";
import { chain, hide, inOrder, ones, shuffled } from "./hidden.fixture.js";
import { WRONG_KEYS, wrongKeys } from "../null.fixture.js";
import { planWeights } from "../plan.js";

const SEED = new Uint8Array(32).fill(8);
const TEXT = "to: 7";
const SIZES = [48, 256, 320, 200, 12];

/** A chain of layers of these widths: what is registered, its marked copy, and the copy's weights. */
interface Owned {
  readonly reference: OnnxModel;
  readonly plan: readonly PlannedTensor[];
  readonly marked: OnnxModel;
  readonly weights: readonly Tensor[];
}

const weightsOf = (model: OnnxModel): Tensor[] =>
  model.tensors.map((tensor) => ({ type: "float32", dims: tensor.dims, data: readFloats(model, tensor) }));

const layersOf = (label: string, sizes: readonly number[]): Tensor[] =>
  sizes.slice(1).map((out, i) => heavyTensor(`${label} ${i}`, [sizes[i] ?? 0, out]));

function owned(sizes: readonly number[]): Owned {
  const reference = openModelBytes(chain(layersOf("layer", sizes)));
  const planned = planWeights(reference, { exclude: [] });
  const plan = "refusal" in planned ? [] : planned.tensors.filter(({ rows }) => rows > 12);
  const marking = { model: reference, plan, seed: SEED, strength: 0.01, payload: TEXT };
  const { edits } = embedWeights({ ...marking, keystream: nodeKeystream });
  const marked = openModelBytes(modelBytes(reference, edits));
  return { reference, plan, marked, weights: weightsOf(marked) };
}

const full = owned(SIZES);
const { marked, weights } = full;
const total = full.plan.reduce((sum, { rows, columns }) => sum + rows * columns, 0);

interface Look {
  readonly T: number;
  readonly undone: string[];
  readonly by: string[];
}

async function look(suspect: OnnxModel, { plan, reference }: Owned = full): Promise<Look> {
  const measured = await measureWeights({ plan, suspect, reference });
  const found = detectWeights({ ...measured, seed: SEED, committedPayload: TEXT, keystream: nodeKeystream });
  return {
    T: found.find(({ statistic }) => statistic === "committed payload")?.T ?? Number.NaN,
    undone: [...new Set(measured.matched.flatMap(({ undone }) => undone))].sort(),
    by: measured.matched.map(({ by }) => by),
  };
}

function product(a: Tensor, b: Tensor): Tensor {
  const [rows = 0, inner = 0] = a.dims;
  const [, columns = 0] = b.dims;
  const data = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let k = 0; k < inner; k++) {
      const factor = Number(a.data[r * inner + k]);
      for (let c = 0; c < columns; c++)
        data[r * columns + c] = (data[r * columns + c] ?? 0) + factor * Number(b.data[k * columns + c]);
    }
  }
  return { type: "float32", dims: [rows, columns], data };
}

function transposedTensor({ dims: [rows = 0, columns = 0], data }: Tensor): Tensor {
  const turned = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) turned[c * rows + r] = Number(data[r * columns + c]);
  return { type: "float32", dims: [columns, rows], data: turned };
}

/** A random orthogonal matrix, by Gram and Schmidt. */
function orthogonal(random: PublicRandom, size: number): Tensor {
  const rows: Float64Array[] = [];
  while (rows.length < size) {
    const row = Float64Array.from({ length: size }, () => normal(random));
    for (const other of rows) {
      const dot = row.reduce((sum, v, i) => sum + v * (other[i] ?? 0), 0);
      for (let i = 0; i < size; i++) row[i] = (row[i] ?? 0) - dot * (other[i] ?? 0);
    }
    const norm = Math.hypot(...row);
    rows.push(row.map((v) => v / norm));
  }
  return { type: "float32", dims: [size, size], data: Float32Array.from(rows.flatMap((row) => [...row])) };
}

describe("alignment", () => {
  it("leaves what is in its place where it lies", async () => {
    const { T, by } = await look(marked);
    expect(by).toEqual(["id", "id", "id"]);
    expect(T).toBeGreaterThan(0.99 * Math.sqrt(total));
  });

  it("undoes a new order of neurons", async () => {
    const random = publicRandom("order");
    const hidden = hide(weights, (_, size) => ({ places: shuffled(random, size), size, factor: ones }));
    const found = await look(openModelBytes(chain(hidden)));
    expect(found.undone).toEqual(["order"]);
    expect(found.T).toBeGreaterThan(0.99 * Math.sqrt(total));
  });

  it("finds layers whatever the order in which they are stored", async () => {
    // Equal widths, so that what was tried for one dimension could be mistaken for another.
    const sizes = [48, 128, 128, 128, 128, 12];
    const stored = [0, 3, 2, 1, 4];
    const inPlace = sizes.slice(1).map((out, i) => heavyTensor(`stored ${i}`, [sizes[i] ?? 0, out]));
    const own = openModelBytes(chain(inPlace, stored));
    const planOfOwn = planWeights(own, { exclude: [] });
    if ("refusal" in planOfOwn) throw new Error(planOfOwn.refusal);
    const random = publicRandom("stored order");
    const hidden = hide(inPlace, (_, size) => ({ places: shuffled(random, size), size, factor: ones }));
    const suspect = openModelBytes(chain(hidden, stored));
    const measured = await measureWeights({ plan: planOfOwn.tensors, suspect, reference: own });
    expect(measured.matched.map(({ by, undone }) => [by, undone])).toEqual(
      stored.map(() => ["alignment", ["order"]]),
    );
    expect(measured.residual.every((r) => r === 0)).toBe(true);
  });

  it("undoes scales and signs", async () => {
    const random = publicRandom("factors");
    const hidden = hide(weights, (_, size) => {
      const factors = inOrder(size).map(() => Math.exp(normal(random)) * (random() < 0.5 ? -1 : 1));
      return { places: inOrder(size), size, factor: (c) => factors[c] ?? 1 };
    });
    const found = await look(openModelBytes(chain(hidden)));
    expect(found.undone).toEqual(["scales", "signs"]);
    expect(found.T).toBeGreaterThan(0.9 * Math.sqrt(total));
  });

  it("leaves surplus neurons out", async () => {
    const random = publicRandom("surplus places");
    const hidden = hide(weights, (_, size) => {
      const wide = Math.round(1.2 * size);
      return { places: shuffled(random, wide).slice(0, size), size: wide, factor: ones };
    });
    const found = await look(openModelBytes(chain(hidden)));
    expect(found.undone).toEqual(["order", "surplus channels"]);
    expect(found.T).toBeGreaterThan(0.99 * Math.sqrt(total));
  });

  it("undoes all of it together under drift", async () => {
    const random = publicRandom("everything");
    const hidden = hide(weights, (_, size) => {
      const wide = Math.round(1.2 * size);
      const factors = inOrder(size).map(() => Math.exp(normal(random)) * (random() < 0.5 ? -1 : 1));
      return { places: shuffled(random, wide).slice(0, size), size: wide, factor: (c) => factors[c] ?? 1 };
    });
    const drifted = hidden.map((tensor): Tensor => {
      const [, width = 1] = tensor.dims;
      const values = tensor.data as Float32Array;
      const spread = Array.from({ length: width }, (_, c) =>
        Math.sqrt(
          values.reduce((sum, v, i) => (i % width === c ? sum + v * v : sum), 0) / (values.length / width),
        ),
      );
      return { ...tensor, data: values.map((v, i) => v + 0.3 * (spread[i % width] ?? 0) * normal(random)) };
    });
    const found = await look(openModelBytes(chain(drifted)));
    // Each weight brings 1 % against a drift of 30 %.
    expect(found.T).toBeGreaterThan(0.7 * (0.01 / 0.3) * Math.sqrt(total));
  });

  it("undoes a rotation", async () => {
    const size = SIZES[1] ?? 0;
    const q = orthogonal(publicRandom("rotation"), size);
    const [first, second, ...rest] = weights;
    if (first === undefined || second === undefined) throw new Error("a chain has layers");
    const rotated = [product(first, transposedTensor(q)), product(q, second), ...rest];
    const found = await look(openModelBytes(chain(rotated)));
    expect(found.undone).toEqual(["rotation"]);
    expect(found.by).toEqual(["alignment", "alignment", "id"]);
    // The fit takes its share of the mark: of the first layer nearly all, of the second little.
    expect(found.T).toBeGreaterThan(0.6 * Math.sqrt(total));
  });

  it("reads what two unknown rotations leave of a layer: its singular values", async () => {
    const [first, second, third, last] = weights;
    if (first === undefined || second === undefined || third === undefined || last === undefined)
      throw new Error("a chain has layers");
    const [before, after] = [256, 320].map((size) => orthogonal(publicRandom(`rotation of ${size}`), size));
    if (before === undefined || after === undefined) throw new Error("two rotations");
    const found = await look(openModelBytes(chain([product(product(before, second), after)])));
    expect(found).toMatchObject({ undone: ["rotations of both sides"], by: ["spectrum"] });
    expect(found.T).toBeGreaterThan(0.7 * Math.sqrt(256));
  });

  it("multiplies what was split into two factors", async () => {
    const [first, second, ...rest] = weights;
    if (first === undefined || second === undefined) throw new Error("a chain has layers");
    // Of 256 x 320 the 200 leading directions of a made-up basis, as two products.
    const basis = orthogonal(publicRandom("factors"), 256);
    const leading = (basis.data as Float32Array).slice(0, 200 * 256);
    const narrow: Tensor = { type: "float32", dims: [200, 256], data: leading };
    const split = chain([first, transposedTensor(narrow), product(narrow, second), ...rest]);
    const found = await look(openModelBytes(split));
    expect(found.by).toContain("alignment");
    const without = await look(openModelBytes(chain([first, heavyTensor("other", [256, 320]), ...rest])));
    expect(found.T).toBeGreaterThan(without.T + 5);
  });

  it("undoes invertible maps within heads", async () => {
    const size = SIZES[1] ?? 0;
    const random = publicRandom("heads");
    const map = new Float32Array(size * size);
    for (let at = 0; at < size; at += 8)
      for (let i = at; i < at + 8; i++)
        for (let j = at; j < at + 8; j++) map[i * size + j] = normal(random) + (i === j ? 3 : 0);
    const [first, ...rest] = weights;
    if (first === undefined) throw new Error("a chain has layers");
    const found = await look(
      openModelBytes(chain([product(first, { type: "float32", dims: [size, size], data: map }), ...rest])),
    );
    expect(found.undone).toEqual(["heads"]);
    expect(found.T).toBeGreaterThan(0.95 * Math.sqrt(total));
  });

  it("finds weights stored the other way round, joined, and cut apart", async () => {
    const turned = weights.map(({ dims: [rows = 0, columns = 0], data }): Tensor => {
      const values = new Float32Array(rows * columns);
      for (let r = 0; r < rows; r++)
        for (let c = 0; c < columns; c++)
          values[c * rows + r] = Number((data as Float32Array)[r * columns + c]);
      return { type: "float32", dims: [columns, rows], data: values };
    });
    const other = modelOf(
      turned.map((_, i) => ({
        op: "Gemm",
        inputs: [`h${i}`, `g${i}`],
        outputs: [`h${i + 1}`],
        attributes: { transB: 1 },
      })),
      Object.fromEntries(turned.map((tensor, i) => [`g${i}`, tensor])),
    );
    expect((await look(other)).T).toBeGreaterThan(0.99 * Math.sqrt(total));

    const [first, second, third, last] = weights;
    if (first === undefined || second === undefined || third === undefined || last === undefined)
      throw new Error();
    const cut = [0, 120, 320].slice(0, 2).map((from, i): Tensor => {
      const to = [120, 320][i] ?? 0;
      const values = new Float32Array(256 * (to - from));
      for (let r = 0; r < 256; r++)
        values.set((second.data as Float32Array).subarray(r * 320 + from, r * 320 + to), r * (to - from));
      return { type: "float32", dims: [256, to - from], data: values };
    });
    const stranger = heavyTensor("stranger", [48, 256]);
    const wide = new Float32Array(48 * 512);
    for (let r = 0; r < 48; r++) {
      for (let c = 0; c < 256; c++) {
        wide[r * 512 + c] = Number(stranger.data[r * 256 + c]);
        wide[r * 512 + 256 + c] = Number((first.data as Float32Array)[r * 256 + c]);
      }
    }
    const pieces = modelOf(
      ["joined", "left", "right", "third"].map((name) => ({
        op: "MatMul",
        inputs: ["x", name],
        outputs: [`y ${name}`],
      })),
      {
        joined: { type: "float32", dims: [48, 512], data: wide },
        left: cut[0] as Tensor,
        right: cut[1] as Tensor,
        third,
      },
    );
    expect((await look(pieces)).T).toBeGreaterThan(0.99 * Math.sqrt(total));
  });
});

describe("the null after alignment", () => {
  // Half as wide: on an innocent every alignment is tried in vain.
  const sizes = [24, 128, 160, 100, 12];
  const own = owned(sizes);
  const random = publicRandom("null");
  const hidden = hide(own.weights, (_, size) => {
    const wide = Math.round(1.2 * size);
    const factors = inOrder(size).map(() => Math.exp(normal(random)) * (random() < 0.5 ? -1 : 1));
    return { places: shuffled(random, wide).slice(0, size), size: wide, factor: (c) => factors[c] ?? 1 };
  });

  it("keeps to the bound under thousands of wrong keys, on a hidden copy and on an innocent", async () => {
    const { plan, reference } = own;
    for (const bytes of [chain(hidden), chain(layersOf("innocent", sizes))]) {
      const { counts, mean, meanSquare } = wrongKeys(
        await measureWeights({ plan, suspect: openModelBytes(bytes), reference }),
      );
      for (const { above, most } of counts) expect(above).toBeLessThanOrEqual(most);
      expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(WRONG_KEYS));
      expect(Math.abs(meanSquare - 1)).toBeLessThan(5 * Math.sqrt(2 / WRONG_KEYS));
    }
  });

  it("finds nothing in the hidden reference, and little in innocents, under the real key", async () => {
    const plain = weightsOf(own.reference);
    const turned = hide(plain, (_, size) => ({ places: shuffled(random, size), size, factor: ones }));
    expect((await look(openModelBytes(chain(turned)), own)).T).toBe(0);
    for (const label of ["a", "b", "c", "d"]) {
      const other = chain(layersOf(`innocent ${label}`, sizes));
      expect(Math.abs((await look(openModelBytes(other), own)).T)).toBeLessThan(5);
    }
  });
});
