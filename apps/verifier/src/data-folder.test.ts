import { expect, test } from "vitest";
import { dataFolder } from "./data-folder.js";

const data = dataFolder("/data");

test.each(["../..", "a/b", "", ".", "a\0"])("no folder is named by the id %j", (id) => {
  for (const folder of [data.model, data.suspect, data.investigation])
    expect(() => folder(id)).toThrow(expect.objectContaining({ code: "DATA_INVALID" }));
});

test("each kind has its own folder of them", () => {
  expect(data.model("01J")).toMatch(/^.data.models.01J$/);
});
