import type { Tensor } from "@indicia/onnx/tensor";
import type { MagikaModel } from "./model.js";
import { trimEnd, trimStart } from "./whitespace.js";

/** How a Magika model wants a file cut; part of {@link MagikaModel}. */
export type MagikaWindow = Pick<MagikaModel, "begin" | "middle" | "end" | "block" | "padding" | "smallest">;

/**
 * The tokens that a Magika model sees of a file, as the Python package cuts them (google/magika,
 * `Magika._extract_features_from_seekable`, of release 0.5 for models with a middle, of 0.6 and later for those
 * without).
 *
 * @returns begin + middle + end tokens: bytes, or the padding token
 */
export function magikaTokens(window: MagikaWindow, content: Uint8Array): Uint16Array {
  const tokens = new Uint16Array(window.begin + window.middle + window.end).fill(window.padding);
  const { begin, middle, end } = window.middle > 0 ? cutThree(window, content) : cutTwo(window, content);
  tokens.set(begin.subarray(0, window.begin), 0);
  if (middle.length >= window.middle) {
    const from = Math.floor((middle.length - window.middle) / 2);
    tokens.set(middle.subarray(from, from + window.middle), window.begin);
  } else {
    tokens.set(middle, window.begin + Math.floor((window.middle - middle.length) / 2));
  }
  const last = end.subarray(Math.max(0, end.length - window.end));
  tokens.set(last, tokens.length - last.length);
  return tokens;
}

/**
 * False for files that the Python package does not show to the model: too short, or hardly more than white space.
 */
export function magikaApplies(window: MagikaWindow, content: Uint8Array): boolean {
  if (content.length < window.smallest) return false;
  return magikaTokens(window, content)[window.smallest - 1] !== window.padding;
}

/**
 * Files as the input of a model.
 *
 * @returns [files, begin + middle + end] of the model's input type
 */
export function magikaInputs(model: MagikaModel, files: readonly Uint8Array[]): Tensor {
  return rowsOf(model, model.input.type, files);
}

function rowsOf(window: MagikaWindow, type: "float32" | "int32", files: readonly Uint8Array[]): Tensor {
  const width = window.begin + window.middle + window.end;
  const count = files.length * width;
  const data = type === "int32" ? new Int32Array(count) : new Float32Array(count);
  for (const [i, file] of files.entries()) data.set(magikaTokens(window, file), i * width);
  return { type, dims: [files.length, width], data };
}

/** The two models as their configurations describe them, for callers without the shared folder at hand. */
const VERSIONS = {
  v1: { begin: 512, middle: 512, end: 512, block: 4096, padding: 256, smallest: 16, type: "float32" },
  v3_3: { begin: 1024, middle: 0, end: 1024, block: 4096, padding: 256, smallest: 8, type: "int32" },
} as const;

/**
 * Files as the input `bytes` of magika_standard_v1 or magika_standard_v3_3.
 *
 * @returns [files, 1536] float32 for v1, [files, 2048] int32 for v3_3; values 0 to 255, padding 256
 */
export function magikaRows(version: keyof typeof VERSIONS, files: readonly Uint8Array[]): Tensor {
  const { type, ...window } = VERSIONS[version];
  return rowsOf(window, type, files);
}

interface Cuts {
  readonly begin: Uint8Array;
  readonly middle: Uint8Array;
  readonly end: Uint8Array;
}

/** Either end read as one block, and white space stripped from that block only. */
function cutTwo({ block }: MagikaWindow, content: Uint8Array): Cuts {
  const length = Math.min(block, content.length);
  return {
    begin: trimStart(content.subarray(0, length)),
    middle: new Uint8Array(),
    end: trimEnd(content.subarray(content.length - length)),
  };
}

/** As {@link cutTwo}, with a middle taken between what was stripped; short files are stripped as a whole. */
function cutThree({ block, middle }: MagikaWindow, content: Uint8Array): Cuts {
  if (content.length < 2 * block + middle) {
    const whole = trimEnd(trimStart(content));
    return { begin: whole, middle: whole, end: whole };
  }
  const begin = trimStart(content.subarray(0, block));
  const end = trimEnd(content.subarray(content.length - block));
  const before = block - begin.length;
  const after = block - end.length;
  const from = before + Math.floor((content.length - before - after - middle) / 2);
  return { begin, middle: content.subarray(from, from + middle), end };
}
