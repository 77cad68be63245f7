import { describe, expect, it } from "vitest";
import { readChain } from "./chain.js";
import { observationPlaces, placeOfBegun, placeOfSealed } from "./observation-places.js";
import { chainBytes, type LooseLine } from "./test-support/sample-chain.js";

const suspect = { protocol: "json", target: "http://suspect.example" };
const opened = (started: string, planned = 500): LooseLine => ({
  type: "opened",
  body: { suspect, started, planned },
});
const sealed = (seal: string, started: string, planned = 500): LooseLine => ({
  type: "observation",
  body: { seal, suspect, started, planned },
});
const places = (...lines: LooseLine[]): (string | null)[] =>
  observationPlaces(readChain(chainBytes("registration", lines), { kind: "registration" }).lines).map(
    ({ seal }) => seal,
  );

describe("places of observations", () => {
  it("are the order in which they were counted, also in chains that say no more than the seal", () => {
    const old: LooseLine = { type: "observation", body: { seal: "a", suspect } };
    expect(places({ type: "registration", body: {} }, old, sealed("b", "2"))).toEqual(["a", "b"]);
  });

  it("are taken at the first early look, and kept when the observation is sealed", () => {
    expect(places(opened("1"), opened("1"), sealed("a", "1"))).toEqual(["a"]);
    expect(places(opened("1"), sealed("b", "2"), sealed("a", "1"))).toEqual(["a", "b"]);
  });

  it("stay taken where the observation was broken off and another begun", () => {
    expect(places(opened("1"), opened("2"), sealed("b", "2"))).toEqual([null, "b"]);
  });

  it("are as many as there were plans, since each has its own last look", () => {
    expect(places(opened("1"), opened("1", 64), sealed("a", "1"), sealed("b", "1", 64))).toEqual(["a", "b"]);
    expect(places(opened("1"), sealed("a", "1", 64))).toEqual([null, "a"]);
  });

  it("are not shared by two endings of one observation", () => {
    expect(places(opened("1"), sealed("a", "1"), sealed("b", "1"))).toEqual(["a", "b"]);
    expect(places(opened("1"), sealed("a", "1"), opened("1"), sealed("b", "1"))).toEqual(["a", "b"]);
  });

  it("are not shared by what an examination and a trace try on one observation, finished or not", () => {
    const traced = (line: LooseLine): LooseLine => ({
      ...line,
      body: { ...(line.body as object), purpose: "trace" },
    });
    const lines = [opened("1"), traced(opened("1")), traced(sealed("a", "1")), sealed("a", "1")];
    // A conclusion cannot point to the place of a trace, which has no seal for it.
    expect(places(...lines)).toEqual(["a", null]);
    expect(places(...lines, traced(sealed("a", "1")))).toEqual(["a", null, null]);
    const chain = readChain(chainBytes("registration", lines), { kind: "registration" }).lines;
    expect(placeOfSealed(observationPlaces(chain), "a", "examination")).toBe(0);
    expect(placeOfSealed(observationPlaces(chain), "a", "trace")).toBe(1);
    expect(placeOfSealed(observationPlaces(chain), "a", "logged queries")).toBe(-1);
  });

  it("are found by what the observation was begun as", () => {
    const { lines } = readChain(chainBytes("registration", [opened("1"), opened("2"), sealed("a", "1")]), {
      kind: "registration",
    });
    const found = observationPlaces(lines);
    const begun = { suspect, started: "2", planned: 500 };
    expect(placeOfBegun(found, begun, "examination")).toBe(1);
    expect(placeOfBegun(found, { ...begun, planned: 501 }, "examination")).toBe(-1);
    expect(placeOfBegun(found, { ...begun, started: "1" }, "examination")).toBe(-1);
    expect(placeOfBegun(found, { ...begun, suspect: { ...suspect, model: "m" } }, "examination")).toBe(-1);
    expect(placeOfBegun(found, begun, "trace")).toBe(-1);
  });
});
