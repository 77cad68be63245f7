import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openModel } from "@indicia/onnx/open";
import { writeModel } from "@indicia/onnx/write";
import { toLog10 } from "@indicia/proof/tail";
import { detectWeights } from "@indicia/proof/weight-detect";
import { CONVERTERS_SCRIPT, type PythonEnvironment, pythonEnvironment } from "@indicia/testkit/python";
import { sharedMissing, sharedPath } from "@indicia/testkit/shared-path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { nodeKeystream } from "../../../keystream-node.js";
import { embedWeights } from "../embed.js";
import { measureWeights } from "../measure.js";
import { heavyTensor } from "../model.fixture.js";
import { chain } from "./hidden.fixture.js";
import { planWeights } from "../plan.js";

const REQUIREMENTS = [
  "numpy==2.4.6",
  "onnx==1.23.2",
  "onnx_ir==1.1.0",
  "onnxconverter-common==1.16.0",
  "onnxruntime==1.32.0",
  "onnxsim==0.8.1",
  "sympy==1.14.0",
];
const SEED = new Uint8Array(32).fill(8);
const TEXT = "recipient 4711";

/** What each converter leaves of the mark at a strength of 0.5 %, log10 p at most. */
const CONVERTERS: readonly (readonly [name: string, atMost: number])[] = [
  ["dynamic", -1000],
  ["dynamic per channel", -1000],
  ["static QDQ", -1000],
  ["static QOperator", -1000],
  ["MatMulNBits 8", -1000],
  ["MatMulNBits 4", -1000],
  ["MatMulNBits 2", -1000],
  ["optimised ORT_ENABLE_BASIC", -1000],
  ["optimised ORT_ENABLE_EXTENDED", -1000],
  ["optimised ORT_ENABLE_ALL", -1000],
  ["transformer optimiser", -1000],
  ["float16", -1000],
  ["simplified", -1000],
  ["opset 18", -1000],
  ["external data", -1000],
];

let python: PythonEnvironment;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "indicia-converters-"));
  python = await pythonEnvironment(REQUIREMENTS);
}, 300_000);
afterAll(async () => {
  await python.remove();
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(sharedMissing)("a marked Magika", () => {
  it.each(CONVERTERS)("is recognised after %s", async (name, atMost) => {
    const { log10P, text, wrong } = await look(sharedPath("models", "magika_standard_v3_3.onnx"), name);
    expect(log10P).toBeLessThan(atMost);
    expect(text).toBe(TEXT);
    expect(wrong).toBeLessThan(5);
  });
});

describe("a marked chain of products", () => {
  it.each([
    ["MatMulNBits 8", -10_000, TEXT],
    ["MatMulNBits 4", -200, TEXT],
    // What two bits leave is too little to read all of the text by.
    ["MatMulNBits 2", -10, null],
    ["dynamic", -1000, TEXT],
  ] as const)("is recognised after %s", async (name, atMost, readable) => {
    const layers = [
      [64, 1024],
      [1024, 1024],
      [1024, 20],
    ].map((dims, i) => heavyTensor(`converted ${i}`, dims));
    const original = path.join(folder, "chain.onnx");
    await writeFile(original, chain(layers));
    const { log10P, text, wrong } = await look(original, name);
    expect(log10P).toBeLessThan(atMost);
    expect(text).toBe(readable);
    expect(wrong).toBeLessThan(5);
  });
});

/** What is left of a mark after a converter: log10 p and payload under the key, largest |T| under another one. */
async function look(
  original: string,
  name: string,
): Promise<{ log10P: number; text: string | null; wrong: number }> {
  const reference = openModel(original);
  const planned = planWeights(reference, { exclude: [] });
  if ("refusal" in planned) throw new Error(planned.refusal);
  const plan = planned.tensors;
  const { edits } = embedWeights({
    model: reference,
    plan,
    seed: SEED,
    strength: 0.005,
    payload: TEXT,
    keystream: nodeKeystream,
  });
  const marked = path.join(folder, "marked.onnx");
  writeModel(reference, edits, marked);
  const rows = path.join(folder, "rows.json");
  await writeFile(rows, JSON.stringify({ name: "bytes", type: "int32", below: 257, dims: [64, 2048] }));
  const out = path.join(folder, `${name.replaceAll(" ", "-")}.onnx`);
  await python.run(CONVERTERS_SCRIPT, name, marked, out, rows);
  const suspect = openModel(out);
  const measured = await measureWeights({ plan, suspect, reference });
  const found = detectWeights({
    ...measured,
    seed: SEED,
    committedPayload: TEXT,
    keystream: nodeKeystream,
  });
  const wrong = detectWeights({
    ...measured,
    seed: new Uint8Array(32),
    committedPayload: TEXT,
    keystream: nodeKeystream,
  });
  suspect.close();
  reference.close();
  const committed = found.find(({ statistic }) => statistic === "committed payload");
  return {
    log10P: toLog10(committed?.lnP ?? 0),
    text: committed?.payload?.text ?? null,
    wrong: Math.max(...wrong.map(({ T }) => Math.abs(T))),
  };
}
