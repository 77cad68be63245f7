import { crc32, inflateSync } from "node:zlib";
import type { Tensor } from "@indicia/onnx/tensor";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodePng } from "./png.js";
import { presentRows } from "./presentation.js";
import { presentationNote, readPresentation } from "./presentation-settings.js";
import { floats, texts } from "./test-support/opened.js";

/** Pixels of a PNG without interlacing whose lines have no filter, by its chunks. */
function decodedPng(png: Uint8Array): { readonly size: number[]; readonly samples: number[] } {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(0, 8).toString("latin1")).toBe("\u0089PNG\r\n\u001a\n");
  const parts: Buffer[] = [];
  let size: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString("latin1", at + 4, at + 8);
    const data = bytes.subarray(at + 8, at + 8 + length);
    expect(bytes.readUInt32BE(at + 8 + length)).toBe(crc32(bytes.subarray(at + 4, at + 8 + length)));
    if (type === "IHDR") size = [data.readUInt32BE(0), data.readUInt32BE(4), ...data.subarray(8)];
    if (type === "IDAT") parts.push(data);
    at += 12 + length;
  }
  const [width = 0, height = 0, , colour] = size;
  const stride = width * (colour === 2 ? 3 : 1);
  const lines = inflateSync(Buffer.concat(parts));
  expect(lines).toHaveLength(height * (stride + 1));
  const samples = Array.from({ length: height }, (_, y) => {
    expect(lines[y * (stride + 1)]).toBe(0);
    return [...lines.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1))];
  });
  return { size, samples: samples.flat() };
}

function shown(inputs: Readonly<Record<string, Tensor>>, settings: unknown): unknown[] {
  return presentRows(inputs, readPresentation(settings)).map((row) =>
    row.kind === "image" ? decodedPng(row.png).samples : row.kind === "text" ? row.text : row.value,
  );
}

describe("a PNG", () => {
  it("holds the pixels that went in, however many", () => {
    const pixels = fc
      .record({
        width: fc.integer({ min: 1, max: 300 }),
        height: fc.integer({ min: 1, max: 120 }),
        channels: fc.constantFrom<1 | 3>(1, 3),
        seed: fc.integer({ min: 0, max: 255 }),
      })
      .map(({ seed, ...size }) => ({
        ...size,
        samples: Uint8Array.from(
          { length: size.width * size.height * size.channels },
          (_, i) => (i * 31 + seed) % 256,
        ),
      }));
    fc.assert(
      fc.property(pixels, (image) => {
        const { size, samples } = decodedPng(encodePng(image));
        const colour = image.channels === 1 ? 0 : 2;
        expect(size).toEqual([image.width, image.height, 8, colour, 0, 0, 0]);
        expect(Uint8Array.from(samples)).toEqual(image.samples);
      }),
      { numRuns: 30, seed: 1 },
    );
  });
});

describe("rows shown as images", () => {
  const MEAN = [0.485, 0.456, 0.406];
  const STD = [0.229, 0.224, 0.225];
  /** Samples of one 1 x 2 image of three channels, pixel by pixel. */
  const SAMPLES = [0, 128, 255, 17, 3, 200];
  const normal = SAMPLES.map((sample, i) => (sample / 255 - (MEAN[i % 3] ?? 0)) / (STD[i % 3] ?? 1));

  it("have the samples that they were normalised from, in either layout", () => {
    const settings = { as: "image", mean: MEAN, std: STD };
    expect(shown({ x: floats([1, 1, 2, 3], normal) }, { ...settings, layout: "NHWC" })).toEqual([SAMPLES]);
    const planes = [0, 3, 1, 4, 2, 5].map((i) => normal[i] ?? 0);
    expect(shown({ x: floats([1, 3, 1, 2], planes) }, settings)).toEqual([SAMPLES]);
  });

  it("are one after the other", () => {
    const settings = { as: "image", scale: 1 };
    expect(shown({ x: floats([2, 1, 1, 1], [7, 8]) }, settings)).toEqual([[7], [8]]);
  });

  it.each([
    ["between samples", floats([1, 1, 1, 1], [7.4]), { scale: 1 }],
    ["below all samples", floats([1, 1, 1, 1], [-1]), { scale: 1, rounded: true }],
    ["above all samples", floats([1, 1, 1, 1], [1.1]), {}],
    ["no number", floats([1, 1, 1, 1], [Number.NaN]), { rounded: true }],
    ["of two channels", floats([1, 2, 1, 1], [0, 0]), {}],
    ["no image", floats([1, 4], [0, 0, 0, 0]), {}],
  ])("are refused where they are %s", (_, x, settings) => {
    expect(() => shown({ x }, { as: "image", ...settings })).toThrow(
      expect.objectContaining({ code: "SUSPECT_INPUTS" }),
    );
  });

  it("are rounded where that is allowed", () => {
    expect(shown({ x: floats([1, 1, 1, 1], [7.4]) }, { as: "image", scale: 1, rounded: true })).toEqual([
      [7],
    ]);
  });
});

describe("rows shown as text", () => {
  const points = (text: string, width: number): number[] => {
    const all = Array.from(text, (char) => char.codePointAt(0) ?? 0);
    return [...all, ...Array<number>(width - all.length).fill(0)];
  };

  it("are texts, or spelled by numbers that zeros fill up", () => {
    expect(shown({ t: texts("a", "") }, { as: "text" })).toEqual(["a", ""]);
    const codes = floats([2, 4], [...points("hé", 4), ...points("😀", 4)]);
    expect(shown({ t: codes }, { as: "text", from: "codepoints" })).toEqual(["hé", "😀"]);
    const bytes: Tensor = { type: "uint8", dims: [1, 5], data: Uint8Array.of(0x68, 0xc3, 0xa9, 0, 0) };
    expect(shown({ t: bytes }, { as: "text", from: "bytes" })).toEqual(["hé"]);
  });

  it.each([
    ["bytes that are no UTF-8", floats([1, 2], [0xc3, 0x28]), "bytes"],
    ["a zero among bytes", floats([1, 3], [65, 0, 66]), "bytes"],
    ["half of a pair", floats([1, 1], [0xd800]), "codepoints"],
    ["numbers that are none", floats([1, 1], [65.5]), "codepoints"],
    ["numbers where texts should be", floats([1, 1], [65]), "text"],
  ])("are refused for %s", (_, t, from) => {
    expect(() => shown({ t }, { as: "text", from })).toThrow(
      expect.objectContaining({ code: "SUSPECT_INPUTS" }),
    );
  });

  it("come from the input that is named where there are several", () => {
    const inputs = { t: texts("a"), n: floats([1], [1]) };
    expect(shown(inputs, { as: "text", name: "t" })).toEqual(["a"]);
    for (const settings of [{ as: "text" }, { as: "text", name: "u" }]) {
      expect(() => shown(inputs, settings)).toThrow(expect.objectContaining({ code: "SUSPECT_INPUTS" }));
    }
  });
});

it("a presentation is read again from its note", () => {
  const all = [
    {},
    { as: "text", from: "bytes" },
    { as: "text", name: "t" },
    { as: "image", name: "x", layout: "NHWC", scale: 127.5, mean: [1], std: [0.5, 0.5, 0.5], rounded: true },
  ].map(readPresentation);
  expect(all.map((each) => readPresentation(JSON.parse(JSON.stringify(presentationNote(each)))))).toEqual(
    all,
  );
});
