import { readdirSync } from "node:fs";
import path from "node:path";
import { packEntry, writeZip } from "@indicia/evidence/zip-write";
import { moveWeights } from "@indicia/testkit/move-weights";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Problem } from "../shapes/common.js";
import type { Inspection, Suspect } from "../shapes/suspects.js";
import { type Answered, send, uploadAs } from "../test-support/api.js";
import { openTestService, type TestService } from "../test-support/test-service.js";

const WEIGHTS = "weights.bin";

let service: TestService;
beforeAll(async () => {
  service = await openTestService();
});
afterAll(() => service.close());

async function suspectOf<Body = Problem>(name: string, bytes: Uint8Array): Promise<Answered<Body>> {
  const upload = await uploadAs(service, name, bytes);
  const target = { kind: "file", protocol: "onnx-black-box", upload };
  return await send<Body>(service, "investigator", "POST /suspects", { name: "S", target });
}

function zip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  return writeZip(Object.entries(files).map(([name, bytes]) => packEntry(name, bytes)));
}

test("a model comes in an archive together with the data that it keeps outside", async () => {
  const { model, weights } = moveWeights(tinyClassifier().bytes, WEIGHTS);
  const made = await suspectOf<Suspect>("m.zip", zip({ "m.onnx": model, [WEIGHTS]: weights }));
  expect(made.body).toMatchObject({ target: { kind: "file", bytes: model.length } });
  const folder = service.services.data.suspect(made.body.id);
  expect(readdirSync(folder).sort()).toEqual(["suspect.onnx", WEIGHTS]);
  const found = await send<Inspection>(service, "investigator", `POST /suspects/${made.body.id}/inspect`, {});
  expect(found.body).toMatchObject({ reachable: true, error: null, classes: 7, answers: "probabilities" });
});

test.each<[string, string, (weights: Uint8Array, model: Uint8Array) => Uint8Array, string]>([
  ["alone", WEIGHTS, (_, model) => model, "which was not uploaded with it"],
  ["without its data", WEIGHTS, (_, model) => zip({ "m.onnx": model }), "which was not uploaded with it"],
  ["whose data lead out of its folder", "../weights.bin", (_, model) => model, "outside the model's folder"],
  ["whose data are the model itself", "suspect.onnx", (_, model) => model, "cannot be called"],
])("a model %s is refused, and leaves nothing", async (_, location, pack, named) => {
  const { model, weights } = moveWeights(tinyClassifier().bytes, location);
  const before = readdirSync(path.dirname(service.services.data.suspect("x")));
  const made = await suspectOf("m.onnx", pack(weights, model));
  expect(made).toMatchObject({ status: 422, body: { code: "UNPROCESSABLE" } });
  expect(made.body.detail).toContain(named);
  expect(readdirSync(path.dirname(service.services.data.suspect("x")))).toEqual(before);
});
