import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openModelBytes } from "@indicia/onnx/open";
import { modelBytes } from "@indicia/onnx/write";
import { readoutCarrier } from "@indicia/proof/carrier";
import { LINKS, TAILS, tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { expect, it, onTestFinished } from "vitest";
import { nodeKeystream } from "../../keystream-node.js";
import { coordinates, principalBasis } from "./basis.js";
import { readoutEdits, unitTilt } from "./embed.js";
import { readFeatures, readLogits } from "./features.js";
import { findReadout } from "./find.js";

const ROWS = 160;
const SEED = new Uint8Array(32).fill(9);

it.each(TAILS.map((tail, i) => ({ tail, link: LINKS[i % LINKS.length] ?? "none" })))(
  "adds exactly eps/sqrt(k) V^T phi(x) to the logits behind $tail, $link",
  async ({ tail, link }) => {
    const model = tinyClassifier({ tail, link });
    const opened = openModelBytes(model.bytes);
    const readout = findReadout(opened);
    if ("refusal" in readout) throw new Error(readout.refusal);
    const folder = mkdtempSync(path.join(tmpdir(), "indicia-embed-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = (name: string, bytes: Uint8Array): string => {
      const target = path.join(folder, name);
      writeFileSync(target, bytes);
      return target;
    };
    const rows = { rows: ROWS, tensors: tinyInputs(model, ROWS) };
    const { features: h, logits } = await readFeatures(file("a.onnx", model.bytes), readout, rows);
    const { features: d, classes: m } = readout;
    const options = { features: d, dimensions: 12, throughOrigin: readout.bias === null };
    const basis = await principalBasis(h, ROWS, options);
    const k = basis.dimensions;
    const carrier = readoutCarrier(SEED, k, m, nodeKeystream);
    const { edits } = readoutEdits(readout, { basis, carrier, strength: 0.4 });
    const marked = file("b.onnx", modelBytes(opened, edits));

    const tilt = unitTilt(coordinates(basis, h, ROWS), carrier, { n: ROWS, k, m });
    const changed = await readLogits(marked, readout, rows);
    for (const [i, z] of changed.entries())
      expect(z).toBeCloseTo((logits[i] ?? Number.NaN) + 0.4 * (tilt[i] ?? Number.NaN), 4);
    const spread = Math.sqrt(tilt.reduce((sum, t) => sum + t * t, 0) / tilt.length);
    expect(spread).toBeGreaterThan(0.8);
    expect(spread).toBeLessThan(1.2);
  },
);
