import { mkdirSync, readdirSync, utimesSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { addModel, addSuspect } from "../test-support/scene.js";
import { openTestService, type TestService } from "../test-support/test-service.js";
import { cleanFolders } from "./clean-folders.js";

let service: TestService;
beforeAll(async () => {
  service = await openTestService();
});
afterAll(() => service.close());

test("folders without a row are removed once they are old, and those with one never", async () => {
  const { services } = service;
  const { data } = services;
  const kept = [
    data.model(await addModel(services, false)),
    data.suspect(await addSuspect(services, { file: "stolen" })),
  ];
  const left = [data.model("left"), data.suspect("left")];
  const made = data.model("making");
  for (const folder of [...left, made]) mkdirSync(folder, { recursive: true });
  for (const folder of [...kept, ...left]) utimesSync(folder, 1, 1);
  expect(await cleanFolders(services, new Date(Date.now() - 60_000))).toBe(2);
  const folders = ["models", "suspects"].flatMap((name) =>
    readdirSync(path.join(data.root, name)).map((each) => path.join(data.root, name, each)),
  );
  expect(folders.sort()).toEqual([...kept, made].sort());
});
