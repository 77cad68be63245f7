import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { answersOf } from "@indicia/autodiff/evaluate";
import { initialModel } from "@indicia/autodiff/architectures/initial-model";
import { random } from "@indicia/autodiff/random";
import { parseCanonical } from "@indicia/evidence/canonical";
import { writeNpz } from "@indicia/data/npz";
import { openModelBytes } from "@indicia/onnx/open";
import type { Tensor } from "@indicia/onnx/tensor";
import { afterAll, describe, expect, it } from "vitest";
import type { Context } from "@indicia/operations/context";
import { shadows } from "@indicia/operations/shadows";
import { call } from "./test-support/in-process.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-shadows-"));
const at = (name: string): string => path.join(folder, name);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ROWS = 500;
const numbers = random(1, "owner's rows");
const x: Tensor = {
  type: "float32",
  dims: [ROWS, 6],
  data: Float32Array.from({ length: ROWS * 6 }, () => 2 * numbers.normal()),
};
const input = { name: "x", type: "float32", dims: [6] } as const;
const reference = initialModel({ architecture: "mlp-wide", input, classes: 4, seed: "reference" });
writeFileSync(at("model.onnx"), reference);
writeFileSync(at("inputs.npz"), writeNpz({ x }));
const options = {
  model: at("model.onnx"),
  inputs: at("inputs.npz"),
  count: 3,
  epochs: 6,
  architectures: null,
  seed: 1,
} as const;

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The folder's files and their hashes. */
function contents(name: string): string[] {
  return readdirSync(at(name))
    .sort()
    .map((file) => `${file} ${sha256(readFileSync(path.join(at(name), file)))}`);
}

function context(signal: AbortSignal, update: (label: string, done: number) => void): Context {
  return {
    say: () => undefined,
    progress: (label) => ({ update: (done) => update(label, done), stop: () => undefined }),
    signal,
    environment: {},
    now: () => new Date(0),
    askSecret: null,
  };
}

describe("indicia shadows", () => {
  it("makes students of several shapes that know the reference, and their list", async () => {
    const line = ["shadows", options.model, "--inputs", options.inputs, "--out", at("whole"), "--count", "3"];
    const { exitCode, stdout, stderr } = await call(...line, "--epochs", "6", "--json");
    expect(stderr).toContain("500 rows are few");
    expect(exitCode).toBe(0);
    const list = parseCanonical(readFileSync(path.join(at("whole"), "shadows.json"))) as {
      models: { file: string; sha256: string; architecture: string; agreement: number }[];
    };
    expect(list).toMatchObject({
      version: 1,
      kind: "indicia shadows",
      reference: sha256(reference),
      inputs: { rows: ROWS, random: false },
    });
    expect(JSON.parse(stdout)).toMatchObject({ models: list.models });
    expect(list.models.map(({ architecture }) => architecture)).toEqual(["mlp", "mlp-wide", "mlp-deep"]);
    expect(new Set(list.models.map((model) => model.sha256)).size).toBe(3);
    for (const { file, sha256: hash, agreement } of list.models) {
      const bytes = readFileSync(path.join(at("whole"), file));
      expect(sha256(bytes)).toBe(hash);
      expect(agreement).toBeGreaterThan(0.7);
      const { graph } = openModelBytes(bytes);
      expect(graph.inputs).toEqual(openModelBytes(reference).graph.inputs);
      expect(graph.outputs.map(({ name }) => name)).toEqual(["logits"]);
      expect(await answersOf(bytes, { x })).toMatchObject({ rows: ROWS, classes: 4 });
    }
  });

  it("goes on after an interruption and ends with the same files", async () => {
    const stop = new AbortController();
    const interrupted = shadows(
      { ...options, out: at("resumed"), resume: false },
      context(stop.signal, (label, done) => {
        if (label.startsWith("shadow-2") && done === 20) stop.abort();
      }),
    );
    await expect(interrupted).rejects.toMatchObject({
      code: "ABORTED",
      hint: expect.stringContaining("--resume"),
    });
    expect(readdirSync(at("resumed")).sort()).toEqual([
      "shadow-1.onnx",
      "shadow-2.checkpoint",
      "unfinished.json",
    ]);
    const other = { ...options, out: at("resumed"), resume: true, epochs: 7 };
    const quiet = context(new AbortController().signal, () => undefined);
    await expect(shadows(other, quiet)).rejects.toMatchObject({ code: "SHADOWS_DIFFER" });
    const begun: [string, number][] = [];
    const resumed = { ...options, out: at("resumed"), resume: true };
    await shadows(
      resumed,
      context(new AbortController().signal, (label, done) => begun.push([label, done])),
    );
    const first = begun.find(([label]) => label.startsWith("shadow"));
    expect(first).toEqual(["shadow-2.onnx (mlp-wide)", 21]);
    expect(contents("resumed")).toEqual(contents("whole"));
  });

  it("refuses what it cannot make students of", async () => {
    const line = ["shadows", options.model, "--inputs", options.inputs, "--out"];
    expect((await call(...line, at("whole"))).stderr).toContain("OUTPUT_EXISTS");
    expect((await call(...line, at("none"), "--architectures", "cnn")).stderr).toContain("ARCHITECTURE");
    expect((await call(...line, at("none"), "--architectures", "oracle")).stderr).toContain("ARCHITECTURE");
  });
});
