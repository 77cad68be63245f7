import { readFile } from "node:fs/promises";
import { train } from "@indicia/autodiff/train";
import { initialModel } from "@indicia/autodiff/architectures/initial-model";
import { type RandomNumbers, randomNumbers } from "@indicia/data/random-numbers";
import { concatRows, gatherRows, sliceRows, type Tensor } from "@indicia/onnx/tensor";
import { sharedPath } from "@indicia/testkit/shared-path";
import { loadCorpus } from "../corpus/load-corpus.js";
import { INPUT } from "../extraction/data.js";
import { FASHION_CLASSES, type FashionData, loadFashion, loadMnist } from "../extraction/fashion.js";
import { magikaInputs } from "../magika/features.js";
import { readMagikaModel } from "../magika/model.js";
import { drawGlyphs, GLYPH_SIZE } from "../test-models/glyphs.js";
import { type WatchedModel, watchModel } from "./watched-rows.js";

/**
 * Where all that is drawn for the monitor's figures begins: splits, honest accounts, and thieves. What the monitor goes by was
 * chosen while looking at draws of other seeds, so that figures of those would flatter it; no choice has seen this one's. In
 * the one before, pools flagged 5 % of Magika's honest accounts, whereupon they came to be calibrated by populations.
 */
export const DRAW = "second confirmation";

/** A model with what honest clients and thieves ask it. */
export interface Scene {
  readonly name: string;
  readonly watched: WatchedModel;
  /** What honest clients ask, and which of these rows the calibration sees, and which it never does. */
  readonly honest: Tensor;
  readonly split: Split;
  /** Where rows come from sources: the source of each, and a split by which the calibration knows none of the others'. */
  readonly bySource: { readonly sources: Int32Array; readonly split: Split } | null;
  /** Rows that thieves have, by kind. */
  readonly foreign: readonly { readonly name: string; readonly rows: Tensor }[];
  /** Inputs as numbers from 0 to 1, [n, width], and back: in these the Jacobian is followed. */
  readonly toUnit: (inputs: Tensor) => Tensor;
  readonly fromUnit: (unit: Tensor) => Tensor;
  /** Step of the augmentation in those numbers, and rows that its thief asks in all. */
  readonly step: number;
  readonly augmented: number;
}

/** Numbers of rows. */
export interface Split {
  readonly calibration: readonly number[];
  readonly fresh: readonly number[];
}

const PIXELS = 28;
/** Tokens of a file's bytes, padding included. */
const TOKENS = 257;
/** Steps that their authors take: 0.1 for images (N. Papernot et al., 2017, section 5.1). */
const STEP = 0.1;

/** Rows that a run reads. */
interface Amounts {
  readonly training: number;
  readonly epochs: number;
  readonly calibration: number;
  readonly fresh: number;
  readonly foreign: number;
}
const FULL: Amounts = { training: 25_000, epochs: 6, calibration: 30_000, fresh: 10_000, foreign: 5000 };
const QUICK: Amounts = { training: 5000, epochs: 3, calibration: 6000, fresh: 3000, foreign: 1200 };
/** Rows that the owner has for training; clients ask about the others. */
const OWNERS = 25_000;
/** Share of the files that the monitor is calibrated on. */
const CALIBRATED_SHARE = 0.6;
const QUICK_FILES = { calibration: 300, pool: 200, "held-back": 200 } as const;

/** A classifier of clothes, as the owner trains it: the rows after those it learnt from are what clients ask. */
export async function fashionScene(quick: boolean): Promise<Scene> {
  const { training, epochs, calibration, fresh, foreign } = quick ? QUICK : FULL;
  const [own, test, digits] = await Promise.all([loadFashion("train"), loadFashion("t10k"), loadMnist()]);
  const model = await fashionModel(own, training, epochs);
  const numbers = randomNumbers(`${DRAW}/foreign images`);
  const others = concatRows([sliceRows(own.images, OWNERS, own.labels.length), test.images]);
  const order = mixed(others.dims[0] ?? 0, "clothes").slice(0, calibration + fresh);
  const images = (data: Float32Array): Tensor => ({
    type: "float32",
    dims: [data.length / PIXELS ** 2, 1, PIXELS, PIXELS],
    data,
  });
  return {
    name: "Fashion-MNIST",
    watched: await watchModel(model, INPUT),
    honest: gatherRows(others, order),
    split: splitAt(
      order.map((_, place) => place),
      calibration,
    ),
    bySource: null,
    foreign: [
      { name: "knockoff, MNIST", rows: sliceRows(digits.images, 0, foreign) },
      { name: "knockoff, drawn glyphs", rows: images(paddedGlyphs(foreign)) },
      {
        name: "random noise",
        rows: images(Float32Array.from({ length: foreign * PIXELS ** 2 }, () => numbers.uniform())),
      },
    ],
    toUnit: (inputs) => ({ ...inputs, dims: [inputs.dims[0] ?? 0, PIXELS ** 2] }),
    fromUnit: (unit) => ({ ...unit, dims: [unit.dims[0] ?? 0, 1, PIXELS, PIXELS] }),
    step: STEP,
    augmented: 3000,
  };
}

/** A classifier learnt from the first rows. */
export async function fashionModel(own: FashionData, training: number, epochs: number): Promise<Uint8Array> {
  const inputs = sliceRows(own.images, 0, training);
  const input = { name: INPUT, type: "float32", dims: inputs.dims.slice(1) } as const;
  const { model } = await train({
    model: initialModel({ architecture: "strided", input, classes: FASHION_CLASSES, seed: "watched" }),
    inputs: { [INPUT]: inputs },
    targets: { kind: "labels", labels: own.labels.slice(0, training) },
    epochs,
    batch: 128,
    rate: 0.002,
    schedule: { kind: "cosine", warmUp: 0.05, floor: 0.01 },
    clip: 5,
    seed: "watched",
  });
  return model;
}

function paddedGlyphs(count: number): Float32Array {
  const { images } = drawGlyphs({ seed: `${DRAW}/foreign`, count });
  const out = new Float32Array(count * PIXELS ** 2);
  const edge = (PIXELS - GLYPH_SIZE) / 2;
  for (let i = 0; i < count; i++)
    for (let y = 0; y < GLYPH_SIZE; y++)
      out.set(
        images.subarray((i * GLYPH_SIZE + y) * GLYPH_SIZE, (i * GLYPH_SIZE + y + 1) * GLYPH_SIZE),
        i * PIXELS ** 2 + (y + edge) * PIXELS + edge,
      );
  return out;
}

/** A real classifier of file types, asked about real files. */
export async function magikaScene(quick: boolean): Promise<Scene> {
  const model = await readMagikaModel("standard_v3_3");
  const splits = await Promise.all(
    (["calibration", "pool", "held-back"] as const).map((split) =>
      loadCorpus(split, quick ? { limit: QUICK_FILES[split] } : {}),
    ),
  );
  const files = splits.flatMap((split) => split.files);
  const packages = packagesOf(splits.flatMap((split) => split.entries));
  const order = mixed(files.length, "files");
  const calibrated = Math.floor(CALIBRATED_SHARE * files.length);
  const inputs = (given: readonly Uint8Array[]): Tensor => magikaInputs(model, given);
  const foreign = quick ? 80 : 2000;
  const numbers = randomNumbers(`${DRAW}/foreign files`);
  const { images } = await loadMnist();
  const text = new Uint8Array(await readFile(sharedPath("data", "tinyshakespeare.txt")));
  const unit = (value: number): number => value / (TOKENS - 1);
  return {
    name: "magika_standard_v3_3",
    watched: await watchModel(model.path, model.input.name),
    honest: inputs(files),
    split: splitAt(order, calibrated),
    bySource: { sources: packages, split: splitBySource(order, packages, calibrated) },
    foreign: [
      { name: "knockoff, pieces of a play", rows: inputs(pieces(text, foreign, numbers)) },
      {
        name: "knockoff, MNIST as raw bytes",
        rows: inputs(Array.from({ length: foreign }, (_, i) => rawImage(images, i))),
      },
      {
        name: "random noise",
        rows: inputs(
          Array.from({ length: foreign }, () => Uint8Array.from({ length: 4096 }, () => numbers.below(256))),
        ),
      },
    ],
    toUnit: ({ dims, data }) => ({ type: "float32", dims, data: Float32Array.from(numbersOf(data), unit) }),
    fromUnit: ({ dims, data }) => ({
      type: "int32",
      dims,
      data: Int32Array.from(numbersOf(data), (value) => Math.round(value * (TOKENS - 1))),
    }),
    step: STEP,
    // Every row takes a run of a large model.
    augmented: quick ? 250 : 1000,
  };
}

/**
 * Rows in random order, whatever package a file comes from: honest clients go on asking about what they asked about in the
 * benign window.
 */
function mixed(rows: number, what: string): number[] {
  const numbers = randomNumbers(`${DRAW}/${what} of honest clients`);
  return Array.from({ length: rows }, (_, row) => ({ row, place: numbers.uniform() }))
    .sort((x, y) => x.place - y.place)
    .map(({ row }) => row);
}

function splitAt(order: readonly number[], calibrated: number): Split {
  return { calibration: order.slice(0, calibrated), fresh: order.slice(calibrated) };
}

/** Whole sources for the calibration, drawn until it has enough rows. */
function splitBySource(order: readonly number[], sources: Int32Array, calibrated: number): Split {
  const counts = new Map<number, number>();
  for (const row of order) counts.set(sources[row] ?? 0, (counts.get(sources[row] ?? 0) ?? 0) + 1);
  const numbers = randomNumbers(`${DRAW}/packages of honest clients`);
  const names = [...counts.keys()].map((source) => ({ source, place: numbers.uniform() }));
  const known = new Set<number>();
  let rows = 0;
  for (const { source } of names.sort((x, y) => x.place - y.place)) {
    if (rows >= calibrated) break;
    known.add(source);
    rows += counts.get(source) ?? 0;
  }
  const isKnown = (row: number): boolean => known.has(sources[row] ?? 0);
  return { calibration: order.filter(isKnown), fresh: order.filter((row) => !isKnown(row)) };
}

/** A number for the package of each file. */
function packagesOf(entries: readonly { readonly source: string }[]): Int32Array {
  const known = new Map<string, number>();
  return Int32Array.from(entries, ({ source }) => {
    const name = source
      .split("/")
      .slice(0, source.startsWith("@") ? 2 : 1)
      .join("/");
    const own = known.get(name) ?? known.size;
    known.set(name, own);
    return own;
  });
}

function numbersOf(data: Tensor["data"]): Float32Array | Int32Array {
  return data instanceof Float32Array || data instanceof Int32Array ? data : new Float32Array(0);
}

function pieces(text: Uint8Array, count: number, numbers: RandomNumbers): Uint8Array[] {
  return Array.from({ length: count }, () => {
    const length = 200 + numbers.below(4000);
    const from = numbers.below(text.length - length);
    return text.subarray(from, from + length);
  });
}

function rawImage(images: Tensor, row: number): Uint8Array {
  return Uint8Array.from(numbersOf(sliceRows(images, row, row + 1).data), (value) => Math.round(255 * value));
}
