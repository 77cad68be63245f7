import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { parseConfig } from "./read-config.js";

const text = readFileSync(new URL("../../gateway.example.yaml", import.meta.url), "utf8");
const environment = { ALERTS_TOKEN: "Bearer x", INDICIA_DATABASE: "postgres://db/indicia" };

it("the example is understood, and leaves no section out", () => {
  const config = parseConfig(text, { name: "gateway.example.yaml", folder: "/", environment });
  const [model] = config.models;
  const absent = Object.entries({ ...config, ...config.access, ...config.ops, ...model }).filter(
    // The model of the example is marked, and so has its log there.
    ([key, value]) => value === null && key !== "logged",
  );
  expect(absent).toEqual([]);
  expect(config.limits?.rules.map(({ count, seconds }) => [count, seconds])).toEqual([
    ["requests", 60],
    ["requests", 60],
    ["rows", 86_400],
    ["bits", null],
  ]);
});

it("and says so where it misses a variable", () => {
  expect(() => parseConfig(text, { name: "e", folder: "/", environment: {} })).toThrow("INDICIA_DATABASE");
});
