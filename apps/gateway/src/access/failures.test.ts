import { expect, it } from "vitest";
import { createFailures } from "./failures.js";

it("wrong keys of an address are slowed beyond thirty a minute, those of others are not", () => {
  let time = 0;
  const failures = createFailures(() => time);
  const note = (address: string | null, times: number): (number | null)[] =>
    Array.from({ length: times }, () => failures.note(address));
  expect(note("192.0.2.1", 30)).toEqual(new Array(30).fill(null));
  time = 20_000;
  expect(note("192.0.2.1", 1)).toEqual([40]);
  expect(note("192.0.2.2", 1)).toEqual([null]);
  expect(note(null, 31).at(-1)).toBeNull();
  time = 60_000;
  expect(note("192.0.2.1", 1)).toEqual([null]);
  note("2001:db8::1", 30);
  expect(note("2001:db8:0:ff::2", 1)).toEqual([60]);
});
