import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { writeNpz } from "@indicia/data/npz";
import { tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { afterAll, beforeAll, expect, it } from "vitest";
import { calibrateCommand } from "./calibrate.js";

const ROWS = 600;
const tiny = tinyClassifier({ features: 24, classes: 6 });
const folder = mkdtempSync(path.join(tmpdir(), "indicia-calibrate-"));
const at = (name: string): string => path.join(folder, name);
const args = ["--model", at("m.onnx"), "--data", at("d.npz"), "--out", at("c.json"), "--horizon", "50"];
const level = ["--level", "0.2"];

beforeAll(() => {
  writeFileSync(at("m.onnx"), tiny.bytes);
  writeFileSync(at("d.npz"), writeNpz(tinyInputs(tiny, ROWS, 5)));
});
afterAll(() => rmSync(folder, { recursive: true }));

it("takes the source of each row", async () => {
  const names = Array.from({ length: ROWS }, (_, row) => `client ${row % 25}`);
  writeFileSync(at("sources.txt"), `${names.join("\n")}\n`);
  const { report } = await calibrateCommand([...args, ...level, "--sources", at("sources.txt")]);
  expect(report).toMatchObject({ rows: ROWS, horizon: 50 });
});

it("refuses sources of other rows", async () => {
  writeFileSync(at("short.txt"), "one\ntwo\n");
  await expect(calibrateCommand([...args, ...level, "--sources", at("short.txt")])).rejects.toThrow(
    `--sources has 2 lines for ${ROWS} rows`,
  );
});
