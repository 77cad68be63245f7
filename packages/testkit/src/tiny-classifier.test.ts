import { producer } from "@indicia/onnx/navigate";
import { openModelBytes } from "@indicia/onnx/open";
import { describe, expect, it } from "vitest";
import { noReadout, UNREADABLES } from "./no-readout.js";
import { LINKS, TAILS, tinyClassifier, tinyInputs } from "./tiny-classifier.js";

describe("tinyClassifier", () => {
  it.each(TAILS.flatMap((tail) => LINKS.map((link) => [tail, link] as const)))(
    "builds %s with %s, the same bytes twice",
    (tail, link) => {
      const model = tinyClassifier({ tail, link, seed: 3 });
      expect(Buffer.from(model.bytes).equals(tinyClassifier({ tail, link, seed: 3 }).bytes)).toBe(true);
      expect(Buffer.from(model.bytes).equals(tinyClassifier({ tail, link, seed: 4 }).bytes)).toBe(false);
      const { graph } = openModelBytes(model.bytes);
      expect(producer(graph, model.logits)).not.toBeNull();
      expect(producer(graph, model.feature)).not.toBeNull();
      expect(graph.outputs.map(({ name }) => name)).toEqual([model.output]);
      expect(model.weights).toHaveLength(model.features * model.classes);
    },
  );

  it("takes its sizes from the options", () => {
    const model = tinyClassifier({ features: 5, classes: 3, batch: 1 });
    expect(model.weights).toHaveLength(15);
    expect(model.input.dims).toEqual([1, 12]);
    expect(tinyInputs(model, 4)["input"]?.dims).toEqual([4, 12]);
  });
});

describe("noReadout", () => {
  it.each(UNREADABLES)("builds %s", (kind) => {
    const { graph } = openModelBytes(noReadout(kind).bytes);
    expect(producer(graph, "output")).not.toBeNull();
  });
});
