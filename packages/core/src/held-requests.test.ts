import { createHash } from "node:crypto";
import type { Tensor } from "@indicia/onnx/tensor";
import { describe, expect, it } from "vitest";
import { heldRequests } from "./held-requests.js";
import { REPEATED_PROBE } from "./observe-learning.js";
import type { LearningSet } from "./probes/choose.js";
import type { Askable } from "./probes/pool.js";

/** Rows that hold their own place, from a first one on. */
function rowsFrom(firstNumber: number, count: number, first: number): Askable {
  return {
    firstNumber,
    count,
    parents: [],
    inputs: (indices) => {
      const data = Float32Array.from(indices, (i) => first + i);
      return { x: { type: "float32", dims: [indices.length, 1], data } };
    },
  };
}

const learning: LearningSet = { ...rowsFrom(2000, 4, 70), rows: [], labels: null };
const probes = rowsFrom(1000, 20, 10);

function encode(inputs: Readonly<Record<string, Tensor>>): Uint8Array {
  const rows = Object.values(inputs).map(({ data }) => [...(data as Float32Array)].join());
  if (rows.some((row) => row.includes("15"))) throw new RangeError("never to be asked");
  return Buffer.from(rows.join(";"));
}

function heldAll(...asked: readonly (readonly [number[], string])[]): ReturnType<typeof heldRequests> {
  const exchanges = asked.map(([numbers, body]) => ({
    request: { probes: numbers, sha256: createHash("sha256").update(body).digest("hex") },
  }));
  return heldRequests({ encode, exchanges }, learning, probes);
}

function held(numbers: number[], body: string): ReturnType<typeof heldRequests> {
  return heldAll([numbers, body]);
}

describe("the requests of a transcript", () => {
  it.each([
    [[1000, 1001, 1003], "10,11,13"],
    [[1003, 1000], "13,10"],
    [[2000, 2003], "70,73"],
  ])("hold the probes that they name, %j", (numbers, body) => {
    expect(held(numbers, body)).toEqual({ held: 1 });
  });

  it.each([
    ["other rows", [1000, 1001], "10,12"],
    ["another order", [1000, 1001], "11,10"],
    ["fewer rows", [1000, 1001], "10"],
    ["a probe beyond the last", [1000, 1020], "10,30"],
    ["probes of two sets", [1000, 2000], "10,70"],
    ["a number of no set", [5], "10"],
    ["the repeated probe among others", [REPEATED_PROBE, 2000], "73,70"],
    ["rows that were never to be asked", [1005], "15"],
  ])("are found out with %s", (_, numbers, body) => {
    expect(held(numbers, body)).toEqual({ differs: expect.stringMatching(/^the request for probe/) });
  });

  it("repeat the last probe that was learnt from", () => {
    const asked = [2000, 2001, 2002];
    expect(heldAll([asked, "70,71,72"], [[REPEATED_PROBE], "72"])).toEqual({ held: 2 });
    expect(heldAll([asked, "70,71,72"], [[REPEATED_PROBE], "71"])).toHaveProperty("differs");
  });

  it("that ask for no probes are none of them", () => {
    expect(held([], "metadata")).toEqual({ held: 0 });
  });
});
