import { mkdtempSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call } from "./test-support/in-process.js";
import { run } from "./test-support/owner.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-cli-"));
const at = (name: string): string => path.join(folder, name);
const planned = (suspect: string, name: string, ...more: string[]): ReturnType<typeof call> =>
  call("plan", suspect, "--registration", at("registration"), "--budget", "20", "--out", at(name), ...more);

beforeAll(async () => {
  writeFileSync(at("model.onnx"), tinyClassifier({ features: 16, classes: 4 }).bytes);
  await run("key", "new", "--out", at("owner.key"));
  const data = ["--calibration", "random:64", "--key", at("owner.key"), "--out", at("registration")];
  const { exitCode, stderr } = await call("register", at("model.onnx"), ...data);
  if (exitCode !== 0) throw new Error(stderr);
});
afterAll(() => rmSync(folder, { recursive: true }));

test("a plan that nothing dates says so before it is entered", async () => {
  const { exitCode, stderr } = await planned("https://thief.example/", "plan");
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(
    /^Warning: without --tsa nothing dates this plan, and without --beacon nobody else draws its probes; standing stays exploratory \(.*the plan has no outside timestamp.*\)\.\nPlanned as /s,
  );
  expect((await planned(at("model.onnx"), "of a file")).stderr).not.toContain("--beacon");
});

test("an address of one's own network is planned only with --allow-private, and takes no place before", async () => {
  const before = readFileSync(at("registration/chain.jsonl"));
  const refused = await planned("http://127.0.0.1:8080/", "private");
  expect([refused.exitCode, refused.stderr]).toEqual([
    2,
    expect.stringMatching(/^SUSPECT_ADDRESS: .*--allow-private/),
  ]);
  expect(existsSync(at("private"))).toBe(false);
  expect(readFileSync(at("registration/chain.jsonl"))).toEqual(before);
  expect((await planned("http://127.0.0.1:8080/", "private", "--allow-private")).exitCode).toBe(0);
});
