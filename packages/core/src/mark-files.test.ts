import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openModel } from "@indicia/onnx/open";
import { readFloats } from "@indicia/onnx/read-tensor";
import { onnx } from "onnx-proto";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type MarkReport, type MarkRequest, markModel } from "./mark.js";
import { layeredBytes } from "./marks/weights/model.fixture.js";
import type { InputRows, Registration } from "./registration.js";
import { registeredSeed } from "./registration-keys.js";
import { digest, drawnRows, OWNER_KEY, registered } from "./test-support/claim.js";

const ROWS = 200;
const INPUTS = 64;

/** Three layers, of which two are large enough to be marked, registered. */
interface Registered {
  readonly folder: string;
  readonly reference: string;
  readonly registration: Registration;
  readonly seed: Uint8Array;
  readonly rows: InputRows;
}

let claim: Registered;
beforeAll(async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-mark-files-"));
  const reference = path.join(folder, "reference.onnx");
  const bytes = layeredBytes();
  writeFileSync(reference, bytes);
  const rows = drawnRows("mark-files", ROWS, INPUTS);
  const registration = await registered({ path: reference, bytes }, { calibration: rows, pool: rows });
  claim = { folder, reference, registration, seed: registeredSeed(registration, OWNER_KEY, 0), rows };
});
afterAll(() => rmSync(claim.folder, { recursive: true }));

/** The registered model with the numbers of some tensors in files beside it. */
function moveWeights(folder: string, fileOf: (name: string) => string | null): string {
  const proto = onnx.ModelProto.decode(readFileSync(claim.reference));
  const files = new Map<string, Uint8Array>();
  for (const tensor of proto.graph?.initializer ?? []) {
    const location = fileOf(tensor.name ?? "");
    const raw = tensor.rawData ?? new Uint8Array(0);
    if (location === null || raw.length === 0) continue;
    const before = files.get(location) ?? new Uint8Array(0);
    files.set(location, Buffer.concat([before, raw]));
    tensor.dataLocation = onnx.TensorProto.DataLocation.EXTERNAL;
    tensor.externalData = Object.entries({ location, offset: before.length, length: raw.length }).map(
      ([key, value]) => onnx.StringStringEntryProto.create({ key, value: String(value) }),
    );
    tensor.rawData = new Uint8Array(0);
  }
  mkdirSync(folder);
  for (const [name, bytes] of files) writeFileSync(path.join(folder, name), bytes);
  const file = path.join(folder, "model.onnx");
  writeFileSync(file, onnx.ModelProto.encode(proto).finish());
  return file;
}

async function mark(modelPath: string, out: string, more: Partial<MarkRequest> = {}): Promise<MarkReport> {
  const model = openModel(modelPath);
  try {
    return await markModel({
      model,
      modelPath,
      registration: claim.registration,
      seed: claim.seed,
      calibration: claim.rows,
      weights: "auto",
      readout: "off",
      labelBudget: 0.05,
      payload: null,
      out,
      ...more,
    });
  } finally {
    model.close();
  }
}

/** All numbers of a model, by name. */
function numbers(file: string): Record<string, Float32Array> {
  const model = openModel(file);
  try {
    const floats = model.tensors.filter(({ type }) => type === "float32");
    return Object.fromEntries(floats.map((tensor) => [tensor.name, readFloats(model, tensor).slice()]));
  } finally {
    model.close();
  }
}

it("marks external data as it marks what is inside the file", async () => {
  const inside = path.join(claim.folder, "inside.onnx");
  const expected = await mark(claim.reference, inside);
  const planned = "refusal" in claim.registration.file.weights ? [] : claim.registration.file.weights.tensors;
  const marked = new Set(planned.flatMap(({ tensors }) => tensors));
  const cases: [string, (name: string) => string | null, string, string[]][] = [
    ["all", () => "w.bin", "elsewhere", ["out.onnx", "out.onnx.data"]],
    ["marked", (name) => (marked.has(name) ? "w.bin" : null), "", ["out.onnx", "out.onnx.data"]],
    // What is not marked stays where it is, as long as the copy lies beside it.
    ["two", (name) => (marked.has(name) ? "w.bin" : "rest.bin"), "", ["out.onnx", "out.onnx.data"]],
    [
      "far",
      (name) => (marked.has(name) ? "w.bin" : "rest.bin"),
      "elsewhere",
      ["out.onnx", "out.onnx.2.data", "out.onnx.data"],
    ],
  ];
  for (const [name, fileOf, below, files] of cases) {
    const model = moveWeights(path.join(claim.folder, name), fileOf);
    const before = readdirSync(path.dirname(model));
    const folder = path.join(path.dirname(model), below);
    mkdirSync(folder, { recursive: true });
    const out = path.join(folder, "out.onnx");
    const report = await mark(model, out);
    expect(report.marks).toEqual(expected.marks);
    expect(report.sha256).toBe(digest(readFileSync(out)));
    const made = readdirSync(folder).filter((each) => !before.includes(each));
    expect([name, made.toSorted()]).toEqual([name, files.toSorted()]);
    expect(numbers(out)).toEqual(numbers(inside));
  }
});

it.each([1, 2, 3, 5])("leaves nothing behind when it is interrupted, at report %i", async (last) => {
  const controller = new AbortController();
  let told = 0;
  const out = path.join(claim.folder, "interrupted.onnx");
  const before = readdirSync(claim.folder);
  const marking = mark(claim.reference, out, {
    signal: controller.signal,
    onProgress: () => {
      if (++told === last) controller.abort();
    },
  });
  await expect(marking).rejects.toMatchObject({ code: expect.stringMatching(/ABORTED$/) as string });
  expect(readdirSync(claim.folder)).toEqual(before);
});

it("writes nothing of a model that turns out not to be the registered one", async () => {
  const before = readdirSync(claim.folder);
  const verify = (): Promise<void> => Promise.reject(new Error("another model"));
  const marking = mark(claim.reference, path.join(claim.folder, "other.onnx"), { verify });
  await expect(marking).rejects.toThrow("another model");
  expect(readdirSync(claim.folder)).toEqual(before);
});
