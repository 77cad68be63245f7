import { expect, it } from "vitest";
import { parseConfig } from "./read-config.js";
import { configWarnings } from "./warnings.js";

const where = { name: "gateway.yaml", folder: "/etc/gateway", environment: {} };
const parts = (yaml: string): string[] =>
  configWarnings(parseConfig(`models: [{ name: m, file: m.onnx, logged: log }]\n${yaml}`, where)).map(
    ({ part }) => part,
  );

it.each([
  ["log: { inputs: hash, answers: hash }", []],
  ["", ["log"]],
  ["log: { inputs: hash }", ["log"]],
  ["log: { inputs: hash, answers: hash }\nlisten: { host: 0.0.0.0 }", ["listen"]],
  ["log: { inputs: hash, answers: hash }\nlisten: { host: localhost }", []],
  ["log: { inputs: hash, answers: hash }\nlisten: { host: 0.0.0.0 }\naccess: open", []],
  ["log: { inputs: hash, answers: hash }\nlisten: { host: 0.0.0.0 }\naccess: { keys: k }", []],
  ["log: { inputs: hash, answers: hash }\nops: { metrics: { host: '::', port: 0 } }", ["ops"]],
  ["log: { inputs: hash, answers: hash }\nops: { metrics: { host: '::1', port: 0 } }", []],
])("%j is warned of: %j", (yaml, warned) => {
  expect(parts(yaml)).toEqual(warned);
});

it("a mistake in a section that may also be a word is still told with its place", () => {
  expect(() => parts("access: { kyes: k }")).toThrow(/access.*kyes/);
  expect(() => parts("access: closed")).toThrow(/access/);
});
