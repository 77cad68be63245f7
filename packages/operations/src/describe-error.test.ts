import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { describeError, errorLine } from "./describe-error.js";
import { OperationError } from "./error.js";

function thrown(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}

test("an error of ours is one line: the code, what was wrong, what to do", () => {
  const described = describeError(
    new OperationError("KEY_FILE_EXISTS", "it is there.", "Choose another name."),
  );
  expect(described.exitCode).toBe(2);
  expect(errorLine(described)).toBe("KEY_FILE_EXISTS: it is there. Choose another name.");
});

test("any error with a code and a hint is ours", () => {
  class OtherError extends Error {
    readonly code = "ONNX_TRUNCATED";
    readonly hint = "Copy it again.";
  }
  expect(errorLine(describeError(new OtherError("the file ends early")))).toBe(
    "ONNX_TRUNCATED: the file ends early. Copy it again.",
  );
});

test("the file system's errors are put into words", () => {
  const missing = path.join(os.tmpdir(), "indicia-surely-not-there");
  expect(describeError(thrown(() => fs.readFileSync(missing)))).toMatchObject({
    exitCode: 2,
    code: "FILE_NOT_FOUND",
    message: `${missing} does not exist`,
  });
  expect(
    describeError(thrown(() => fs.readFileSync(path.join(import.meta.filename, "below")))),
  ).toMatchObject({
    code: "FILE_KIND",
  });
  expect(describeError(thrown(() => fs.mkdirSync(os.tmpdir())))).toMatchObject({ code: "FILE_EXISTS" });
  const full = Object.assign(new Error("ENOSPC: no space left on device"), {
    code: "ENOSPC",
    syscall: "write",
    path: "marked.onnx",
  });
  expect(describeError(full)).toMatchObject({ exitCode: 3, code: "DISK_FAILED" });
});

test.each([
  new TypeError("x is not a function"),
  "a string",
  undefined,
  { code: "LOOKS", hint: "like ours" },
])("anything else is a fault: %s", (error) => {
  expect(describeError(error)).toMatchObject({ exitCode: 3, code: "INTERNAL" });
});

test("what a hostile file is called cannot steer the terminal", () => {
  const { message } = describeError(
    new OperationError("FILE_KIND", "no \u001b[2Jtensor\r\n  \u202egnp.exe\u0000", "Stop."),
  );
  expect(message).toBe("no \\u001b[2Jtensor \\u202egnp.exe\\u0000");
});
