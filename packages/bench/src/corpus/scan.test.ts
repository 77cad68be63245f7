import { describe, expect, it } from "vitest";
import { ownerOf } from "./scan.js";

describe("ownerOf", () => {
  it.each([
    ["a@1.0.0/lib/x.js", "a"],
    ["a@1.0.0/node_modules/b/x.js", "b"],
    ["a@1.0.0/cli/node_modules/@s/b/lib/x.js", "@s/b"],
    ["a@1.0.0/node_modules/b/node_modules/c/x.js", "c"],
  ])("%s is %s's", (source, owner) => {
    expect(ownerOf(source.split("/"), "a")).toBe(owner);
  });
});
