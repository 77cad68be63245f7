import { expect, test } from "vitest";
import { isAccepted } from "./is-accepted.js";

test.each([
  ["model.onnx", ".onnx,.zip", true],
  ["MODEL.ONNX", ".onnx,.zip", true],
  ["model.zip", ".onnx,.zip", true],
  ["calibration.npz", ".onnx,.zip", false],
  ["onnx", ".onnx", false],
  ["whatever", "", true],
])("%s where %s is taken: %s", (name, accept, accepted) => expect(isAccepted(name, accept)).toBe(accepted));
