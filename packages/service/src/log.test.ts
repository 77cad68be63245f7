import { expect, it } from "vitest";
import { openLog } from "./log.js";
import { plainError, toldError } from "./told-error.js";

function logged(secrets: readonly string[], line: Readonly<Record<string, unknown>>): unknown {
  const written: string[] = [];
  openLog({ level: "info", secrets, stream: { write: (text) => void written.push(text) } }).info(
    line,
    "said",
  );
  return JSON.parse(written.join(""));
}

it("a line has level, time and words, and none of the secrets", () => {
  const line = logged(["key", "*.key"], { key: "k1", inner: { key: "k2", other: 1 } });
  expect(line).toMatchObject({ level: "info", msg: "said", inner: { other: 1 } });
  expect(line).toHaveProperty("time", expect.stringMatching(/^\d{4}-\d\d-\d\dT/));
  expect(JSON.stringify(line)).not.toMatch(/k1|k2/);
});

it("an error is told with its code; where its hint says all, without its stack", () => {
  const error = Object.assign(new RangeError("too much"), { code: "TOO_MUCH", hint: "Less." });
  expect(toldError(error)).toMatchObject({ name: "RangeError", message: "too much", code: "TOO_MUCH" });
  expect(toldError(error)).toHaveProperty("stack");
  expect(plainError(error)).toEqual({ code: "TOO_MUCH", message: "too much", hint: "Less." });
  expect([toldError(3), plainError(3)]).toEqual([{ message: "3" }, { message: "3" }]);
});
