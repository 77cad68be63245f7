import { weightStreamKey, weightWords } from "@indicia/proof/carrier";
import { encodePayload } from "@indicia/proof/payload";
import { lnWrongDecode } from "@indicia/proof/payload-code";
import { describe, expect, it } from "vitest";
import { nodeKeystream } from "../../keystream-node.js";
import { normal, publicRandom } from "../../probes/prng.js";
import { detectWeights } from "@indicia/proof/weight-detect";
import { shapeBlind, shapeDifferences } from "./shape.js";
import { markSigns } from "./signs.js";
import { expectedBitRatio, expectedBlindT, expectedPilotT, expectedT, type MarkedWeights } from "./theory.js";

const seed = new Uint8Array(32).fill(5);
const random = publicRandom("theory.test");
const layout = { rows: 256, inner: 1 };

/** Differences that a thief leaves: c eps times the carrier's signs, and normal noise. */
function differences({ weights, strength, surviving, noise }: MarkedWeights, host = 0): Float32Array {
  const words = weightWords(weightStreamKey(seed, "w"), 0, weights, nodeKeystream);
  const signs = markSigns(encodePayload("theory"), { pilot: 1, payload: 1 });
  return Float32Array.from(words, (word) => {
    const thief = noise > 0 ? noise * normal(random) : 0;
    return surviving * strength * (signs[word] ?? 0) + thief + (host > 0 ? host * normal(random) : 0);
  });
}

function measured(residual: Int16Array): { pilot: number; committed: number; errors: number } {
  const segments = [{ label: "w", start: 0, count: residual.length }];
  const witnesses = detectWeights({
    seed,
    segments,
    residual,
    committedPayload: "theory",
    keystream: nodeKeystream,
  });
  const [pilot, , committed] = witnesses;
  return { pilot: pilot?.T ?? 0, committed: committed?.T ?? 0, errors: committed?.payload?.bitErrors ?? 256 };
}

describe("expectedT", () => {
  it.each([
    { weights: 262_144, strength: 0.01, surviving: 1, noise: 0 },
    { weights: 262_144, strength: 0.01, surviving: 1, noise: 0.01 },
    { weights: 262_144, strength: 0.01, surviving: 0.5, noise: 0.1 },
    { weights: 65_536, strength: 0.005, surviving: 1, noise: 0.3 },
  ])("is what is measured: $weights weights at $strength, $surviving left, noise $noise", (marked) => {
    const residual = shapeDifferences(
      [{ start: 0, values: differences(marked) }],
      layout,
      marked.weights / layout.rows,
      new Float64Array(layout.rows).fill(1),
    );
    const { pilot, committed, errors } = measured(residual);
    // T has unit variance about its mean; what cutting off and quantising cost is within 3 %.
    for (const [found, expected] of [
      [committed, expectedT(marked)],
      [pilot, expectedPilotT(marked)],
    ] as const) {
      expect(Math.abs(found - expected)).toBeLessThan(4.5 + 0.03 * expected);
    }
    expect(errors).toBeLessThanOrEqual(lnWrongDecode(expectedBitRatio(marked)) < -10 ? 0 : 256);
  });

  it("covers marks whose payload is certain and marks whose payload is lost", () => {
    expect(
      lnWrongDecode(expectedBitRatio({ weights: 262_144, strength: 0.01, surviving: 1, noise: 0.01 })),
    ).toBeLessThan(-400);
    expect(
      lnWrongDecode(expectedBitRatio({ weights: 65_536, strength: 0.005, surviving: 1, noise: 0.3 })),
    ).toBe(0);
    expect(expectedT({ weights: 100, strength: 0, surviving: 1, noise: 0 })).toBe(0);
  });
});

describe("expectedBlindT", () => {
  it("is what is measured, but for the host's own projection", () => {
    const marked = { weights: 1_048_576, strength: 0.01, surviving: 1, noise: 0 };
    const residual = shapeBlind(
      [{ start: 0, values: differences(marked, 1) }],
      layout,
      marked.weights / layout.rows,
    );
    expect(Math.abs(measured(residual).committed - expectedBlindT(marked))).toBeLessThan(4.5);
  });
});
