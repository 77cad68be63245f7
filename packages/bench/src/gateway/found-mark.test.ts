import { principalBasis } from "@indicia/core/marks/readout/basis";
import { customerCarrier, customerLogits } from "@indicia/core/customer-mark";
import { randomNumbers } from "@indicia/data/random-numbers";
import { expect, it } from "vitest";
import { markStrength } from "./found-mark.js";

it("finds a mark in a residual, and no other", async () => {
  const [rows, d, classes] = [500, 12, 5];
  const numbers = randomNumbers("found mark");
  const features = Float64Array.from({ length: rows * d }, () => numbers.normal());
  const basis = await principalBasis(features, rows, { features: d, dimensions: 10, throughOrigin: false });
  const place = { basis, classes };
  const carrier = customerCarrier(new Uint8Array(32).fill(1), place);
  const other = customerCarrier(new Uint8Array(32).fill(2), place);
  const logits = new Float64Array(rows * classes);
  const marked = customerLogits({ rows, features, logits }, { carrier, place, strength: 0.1 });
  const residual = marked.map((z) => z + 0.05 * numbers.normal());
  const probes = { rows, classes, features };
  expect(markStrength(probes, residual, { basis, carrier })).toBeGreaterThan(6);
  expect(Math.abs(markStrength(probes, residual, { basis, carrier: other }))).toBeLessThan(4);
});
