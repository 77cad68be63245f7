import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { tinyClassifier, tinyInputs } from "@indicia/testkit/tiny-classifier";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { createApp } from "../app.js";
import { type ModelDirectory, openModels } from "./model-directory.js";
import { openLiveModel } from "./open-model.js";
import { fileStamp } from "./watch-models.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-gateway-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = path.join(folder, "m.onnx");
const tiny = [1, 2].map((seed) => tinyClassifier({ seed, classes: 3 }));
const write = (bytes: Uint8Array | undefined): void => writeFileSync(file, bytes ?? "");
const ROW = Object.values(tinyInputs(tinyClassifier(), 1, 3)).flatMap(({ data }) => Array.from(data, Number));

let closed: string[];
let models: ModelDirectory;
beforeEach(async () => {
  closed = [];
  write(tiny[0]?.bytes);
  const opened = [0];
  models = await openModels(
    ["a", "b"].map((name) => ({
      name,
      defences: [{ name: "marks", close: async () => void closed.push(`marks of ${name}`) }],
      batch: null,
      stamp: () => (name === "a" ? fileStamp(file) : Promise.resolve("")),
      open: async () => {
        const model = await openLiveModel({ name, version: "1", model: file, workers: 1 });
        const number = (opened[0] = (opened[0] ?? 0) + 1);
        return { ...model, close: () => model.close().then(() => void closed.push(`${name} ${number}`)) };
      },
    })),
  );
});
afterEach(() => models.close());

async function ask(name: string): Promise<{ status: number; rows: number[][] }> {
  const response = await createApp({ models }).request(`/v1/models/${name}/predict`, {
    method: "POST",
    body: JSON.stringify({ rows: [ROW] }),
  });
  return { status: response.status, ...((await response.json()) as { rows: number[][] }) };
}

it("serves several models by name", async () => {
  expect(models.list().map(({ model: { name } }) => name)).toEqual(["a", "b"]);
  expect([(await ask("a")).status, (await ask("b")).status, (await ask("c")).status]).toEqual([
    200, 200, 404,
  ]);
});

it("takes a new file without failing those who ask meanwhile", async () => {
  const before = await ask("a");
  const under = Array.from({ length: 20 }, () => ask("a"));
  write(tiny[1]?.bytes);
  expect((await models.reload()).map(({ outcome }) => outcome)).toEqual(["loaded", "unchanged"]);
  const after = await ask("a");
  expect(after.rows).not.toEqual(before.rows);
  for (const { status, rows } of await Promise.all(under)) {
    expect(status).toBe(200);
    expect([before.rows, after.rows]).toContainEqual(rows);
  }
  expect((await ask("b")).rows).toEqual(before.rows);
  await expect.poll(() => closed).toEqual(["a 1"]);
});

it("closes a model only after the last who asks it", async () => {
  const served = models.find("a");
  if (served === null) throw new TypeError("there is a model");
  let done = (): void => undefined;
  const asking = models.using(served, () => new Promise<void>((resolve) => (done = resolve)));
  write(tiny[1]?.bytes);
  await models.reload();
  expect(closed).toEqual([]);
  done();
  await asking;
  await expect.poll(() => closed).toEqual(["a 1"]);
});

it.each([
  ["is no model", new Uint8Array(10)],
  ["gives something else", tinyClassifier({ classes: 4 }).bytes],
])("keeps the model of before where the new file %s", async (_, bytes) => {
  const before = await ask("a");
  write(bytes);
  expect(await models.reload()).toMatchObject([{ outcome: "failed", error: expect.any(Error) }, {}]);
  expect((await ask("a")).rows).toEqual(before.rows);
  expect((await models.reload()).map(({ outcome }) => outcome)).toEqual(["unchanged", "unchanged"]);
  write(tiny[1]?.bytes);
  expect((await models.reload())[0]?.outcome).toBe("loaded");
});

it("closes everything once", async () => {
  await models.close();
  expect(closed.sort()).toEqual(["a 1", "b 2", "marks of a", "marks of b"]);
  models = await openModels([]);
});
