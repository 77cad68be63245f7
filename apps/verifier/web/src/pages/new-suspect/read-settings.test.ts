import { expect, test } from "vitest";
import { readHeaders, readSettings } from "./read-settings.js";

test("headers are lines with a colon", () => {
  expect(readHeaders("Authorization: Bearer a:b\n\n x-key : 1 \n")).toEqual({
    Authorization: "Bearer a:b",
    "x-key": "1",
  });
  expect(readHeaders("")).toEqual({});
});

test.each(["Authorization", "two words: x", ": x", "x:", "a: b\nbad"])("%j is no header", (text) => {
  expect(readHeaders(text)).toBe("Write each header as Name: value, one a line.");
});

test("settings are a JSON object or nothing", () => {
  expect(readSettings('{"task": "text"}')).toEqual({ task: "text" });
  expect(readSettings("  ")).toEqual({});
  for (const bad of ["[1]", "3", "null"]) expect(readSettings(bad)).toContain("no JSON object");
  expect(readSettings("{")).toContain("This is no JSON");
});
