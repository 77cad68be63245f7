import { expect, it } from "vitest";
import { pace } from "./pace.js";

it("tells every few seconds how far it is and how long it takes yet", () => {
  const told: string[] = [];
  let time = 0;
  const step = pace(
    "simulating",
    20,
    (line) => told.push(line),
    () => time,
  );
  for (let i = 0; i < 20; i++) {
    time += 1000;
    step();
  }
  expect(told).toEqual([
    "simulating, 20 in all",
    "simulating: 5 of 20, about 15 s left",
    "simulating: 10 of 20, about 10 s left",
    "simulating: 15 of 20, about 5 s left",
  ]);
});
