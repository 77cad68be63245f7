import { elementCount, sliceRows, type Tensor, toFloat64 } from "@indicia/onnx/tensor";
import { SuspectError } from "./error.js";
import { fillTemplate } from "./json-template.js";
import { encodePng, type Pixels } from "./png.js";
import type { Presentation } from "./presentation-settings.js";

/** One row as an endpoint takes it. */
export type PresentedRow =
  | { readonly kind: "numbers"; readonly value: unknown }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "image"; readonly png: Uint8Array };

type Inputs = Readonly<Record<string, Tensor>>;

/** How far a sample may lie from the whole number that it stands for: float32 normalised and back again misses it by less. */
const SAMPLE_TOLERANCE = 0.02;

/**
 * Rows of the reference's inputs in the form that an endpoint takes, without a change of what they say: an image has the
 * samples that the tensor was normalised from, or there is an error, unless the configuration allows to round.
 *
 * @throws SuspectError SUSPECT_INPUTS for rows that have no such form
 */
export function presentRows(inputs: Inputs, presentation: Presentation): PresentedRow[] {
  if (presentation.as === "numbers") return numberRows(inputs);
  const tensor = chosenInput(inputs, presentation.input);
  const rows = Array.from({ length: tensor.dims[0] ?? 0 }, (_, row) => sliceRows(tensor, row, row + 1));
  return presentation.as === "text"
    ? rows.map((row) => ({ kind: "text", text: textOf(row, presentation.from) }))
    : rows.map((row) => ({ kind: "image", png: encodePng(pixelsOf(row, presentation)) }));
}

/** A lone input's rows as they are, several as objects by the inputs' names. */
function numberRows(inputs: Inputs): PresentedRow[] {
  const names = Object.keys(inputs);
  const [lone] = names;
  const template =
    names.length === 1 ? { $row: lone } : Object.fromEntries(names.map((name) => [name, { $row: name }]));
  const rows = fillTemplate({ $each: template }, inputs);
  return Array.isArray(rows) ? rows.map((value: unknown) => ({ kind: "numbers", value })) : [];
}

function chosenInput(inputs: Inputs, name: string | null): Tensor {
  const names = Object.keys(inputs);
  const chosen = name ?? (names.length === 1 ? names[0] : undefined);
  const tensor = chosen !== undefined && Object.hasOwn(inputs, chosen) ? inputs[chosen] : undefined;
  if (tensor !== undefined) return tensor;
  throw unpresentable(
    name === null ? `there are ${names.length} inputs` : `there is no input "${name.slice(0, 60)}"`,
    `Name one of ${names.slice(0, 10).join(", ")} as "input.name" in --config.`,
  );
}

/** A text, or numbers that spell one; zeros at the end are filling. */
function textOf(row: Tensor, from: "text" | "bytes" | "codepoints"): string {
  if (from === "text") {
    const [text] = row.type === "string" ? row.data : [];
    if (typeof text === "string" && row.data.length === 1) return text;
    throw unpresentable("a row is not one text", 'Set "input.from" in --config to "bytes" or "codepoints".');
  }
  const numbers = row.type === "string" ? [] : [...toFloat64(row)];
  const end = numbers.findLastIndex((number) => number !== 0) + 1;
  const spelt = from === "bytes" ? spelling(numbers.slice(0, end)) : spelled(numbers.slice(0, end));
  if (spelt !== null) return spelt;
  throw unpresentable(`a row's numbers are no ${from} of a text`, 'Check "input.from" in --config.');
}

/** UTF-8 to text; null where it would not give the same bytes again. */
function spelling(bytes: readonly number[]): string | null {
  if (!bytes.every((byte) => Number.isInteger(byte) && byte > 0 && byte < 256)) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Uint8Array.from(bytes));
  } catch {
    return null;
  }
}

function spelled(points: readonly number[]): string | null {
  const sound = points.every(
    (point) =>
      Number.isInteger(point) && point > 0 && point <= 0x10_ff_ff && (point < 0xd8_00 || point > 0xdf_ff),
  );
  return sound ? String.fromCodePoint(...points) : null;
}

function pixelsOf(row: Tensor, image: Extract<Presentation, { as: "image" }>): Pixels {
  const { layout, mean, std, scale, rounded } = image;
  const dims = row.dims.slice(1);
  const [channels, height, width] = layout === "NCHW" ? dims : [dims[2], dims[0], dims[1]];
  if (
    dims.length !== 3 ||
    height === undefined ||
    width === undefined ||
    (channels !== 1 && channels !== 3)
  ) {
    throw unpresentable(
      `a row of shape [${dims.join(", ").slice(0, 60)}] is no ${layout} image of 1 or 3 channels`,
      'Check "input.layout" in --config.',
    );
  }
  const values = row.type === "string" ? new Float64Array(0) : toFloat64(row);
  const samples = new Uint8Array(elementCount([height, width, channels]));
  for (let c = 0; c < channels; c++) {
    for (let at = 0; at < height * width; at++) {
      const from = layout === "NCHW" ? c * height * width + at : at * channels + c;
      const sample = ((values[from] ?? Number.NaN) * per(std, c, 1) + per(mean, c, 0)) * scale;
      samples[at * channels + c] = wholeSample(sample, rounded);
    }
  }
  return { width, height, channels, samples };
}

function per(list: readonly number[], channel: number, otherwise: number): number {
  return list[list.length === 1 ? 0 : channel] ?? otherwise;
}

function wholeSample(sample: number, rounded: boolean): number {
  const whole = Math.round(sample);
  if (whole >= 0 && whole <= 255 && (rounded || Math.abs(sample - whole) <= SAMPLE_TOLERANCE)) return whole;
  throw unpresentable(
    `a value stands for the sample ${sample.toFixed(3)}, which an 8-bit image does not have`,
    'Check "input.mean", "input.std" and "input.scale" in --config, or allow "input.rounded".',
  );
}

function unpresentable(reason: string, hint: string): SuspectError {
  return new SuspectError("SUSPECT_INPUTS", `the probes cannot be shown to the endpoint: ${reason}`, hint);
}
