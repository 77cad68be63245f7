import { expect, it } from "vitest";
import { guardRows } from "./guard-rows.js";

it("the guard lets nothing through to a canary that everything reaches without it", async () => {
  const said: string[] = [];
  const rows = await guardRows("verifier", { quick: true, say: (line) => said.push(line) });
  expect(said).toEqual([]);
  expect(rows.map(({ metric, value }) => [metric, value])).toEqual([
    ["blocked", 1],
    ["connections that reached a canary", 0],
    ["ways to this machine that reach the canary without the guard", 1],
    ["blocked", 1],
    ["connections that reached a canary", 0],
    ["ways to this machine that reach the canary without the guard", 1],
  ]);
});
