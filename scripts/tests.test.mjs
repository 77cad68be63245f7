import { expect, test } from "vitest";
import { badEndLines, closingLine, countTests, failureLines } from "./tests.mjs";

/**
 * @param {string} status
 * @param {readonly string[]} states
 */
function file(status, ...states) {
  return { status, assertionResults: states.map((state) => ({ status: state })) };
}

test("a clean run", () => {
  const count = countTests(
    { testResults: [file("passed", "passed", "passed"), file("passed", "passed")] },
    0,
  );
  expect(closingLine(count)).toBe("3 passed, 0 failed");
});

test("failed and skipped tests are told apart", () => {
  const count = countTests({ testResults: [file("failed", "passed", "failed", "pending", "todo")] }, 1);
  expect(closingLine(count)).toBe("1 passed, 1 failed, 2 skipped");
});

test("a file that broke before its tests is a failure", () => {
  const count = countTests({ testResults: [file("failed"), file("passed", "passed")] }, 1);
  expect(closingLine(count)).toBe("1 passed, 1 failed");
});

test("a run that ended badly is a failure, with or without a report", () => {
  expect(closingLine(countTests({ testResults: [file("passed", "passed")] }, 1))).toBe("1 passed, 1 failed");
  expect(closingLine(countTests(null, 1))).toBe("0 passed, 1 failed");
});

test("failures are named with the beginning of their messages, and the rest is not", () => {
  const failed = {
    status: "failed",
    fullName: "a sum is right",
    failureMessages: ["AssertionError: 1\n\n    at x"],
  };
  const report = {
    testResults: [
      { status: "failed", name: "/w/a.test.ts", assertionResults: [{ status: "passed" }, failed] },
      { status: "failed", name: "/w/b/c.test.ts", message: "SyntaxError", assertionResults: [] },
      { status: "passed", name: "/w/d.test.ts", assertionResults: [{ status: "passed" }] },
    ],
  };
  expect(failureLines(report, "/w")).toEqual([
    "FAILED a.test.ts > a sum is right",
    "  AssertionError: 1",
    "      at x",
    "FAILED b/c.test.ts",
    "  SyntaxError",
  ]);
  expect(failureLines(null, "/w")).toEqual([]);
});

test("a run that ended badly without a failed test says why", () => {
  const good = { testResults: [file("passed", "passed")] };
  const begin = "FAILED (vitest ended with code 1 although no test failed: ";
  expect(badEndLines(good, 1, ["Error: late\n    at x"])).toEqual([
    `${begin}an unhandled error)`,
    "an unhandled error:",
    "  Error: late",
    "      at x",
  ]);
  expect(badEndLines(good, 1, ["a", "b"])[0]).toBe(`${begin}2 unhandled errors)`);
  expect(badEndLines(good, 1, [])).toEqual([`${begin}see its output above)`]);
  expect(badEndLines(null, 1, null)).toEqual([`${begin}it did not reach its end, see its output above)`]);
});

test("a run that ended well, or with a failed test, has nothing to add", () => {
  expect(badEndLines({ testResults: [file("passed", "passed")] }, 0, [])).toEqual([]);
  expect(badEndLines({ testResults: [file("failed", "failed")] }, 1, ["a"])).toEqual([]);
  expect(badEndLines({ testResults: [file("failed")] }, 1, ["a"])).toEqual([]);
});
