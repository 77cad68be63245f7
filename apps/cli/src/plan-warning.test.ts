import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { call, done } from "./test-support/in-process.js";
import { tinyOwner } from "./test-support/tiny-owner.js";

const { at, file, key, registration, remove } = await tinyOwner({ features: 16, classes: 4 });
const planned = (suspect: string, name: string, ...more: string[]): ReturnType<typeof call> =>
  call("plan", suspect, ...registration, "--budget", "20", "--out", at(name), ...more);

beforeAll(async () => {
  await done("register", file, "--calibration", "random:64", ...key, "--out", at("registration"));
});
afterAll(() => remove());

test("a plan that nothing dates says so before it is entered", async () => {
  const { exitCode, stderr } = await planned("https://thief.example/", "plan");
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(
    /^Warning: without --tsa nothing dates this plan, and without --beacon nobody else draws its probes; standing stays exploratory \(.*the plan has no outside timestamp.*\)\.\nPlanned as /s,
  );
  expect((await planned(file, "of a file")).stderr).not.toContain("--beacon");
});

test("a draw that takes the whole pool is told to decide nothing, and a smaller one is not", async () => {
  const suspect = "https://thief.example/";
  const whole = await planned(suspect, "whole pool", "--draw", "64");
  expect([whole.exitCode, whole.stderr]).toEqual([
    0,
    expect.stringContaining("the draw takes the whole pool"),
  ]);
  expect((await planned(suspect, "half of it")).stderr).not.toContain("whole pool");
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
