import { describe, expect, it } from "vitest";
import { follow, isJsonPointer } from "./json-pointer.js";

/** The document of RFC 6901, section 5. */
const DOCUMENT: unknown = {
  foo: ["bar", "baz"],
  "": 0,
  "a/b": 1,
  "c%d": 2,
  "e^f": 3,
  "g|h": 4,
  "i\\j": 5,
  'k"l': 6,
  " ": 7,
  "m~n": 8,
};

describe("follow", () => {
  it.each([
    ["", DOCUMENT],
    ["/foo", ["bar", "baz"]],
    ["/foo/0", "bar"],
    ["/", 0],
    ["/a~1b", 1],
    ["/c%d", 2],
    ["/e^f", 3],
    ["/g|h", 4],
    ["/i\\j", 5],
    ['/k"l', 6],
    ["/ ", 7],
    ["/m~0n", 8],
  ])("evaluates %j of RFC 6901", (pointer, expected) => {
    expect(isJsonPointer(pointer)).toBe(true);
    expect(follow(DOCUMENT, pointer)).toEqual(expected);
  });

  it.each([
    "/foo/2",
    "/foo/00",
    "/foo/-",
    "/foo/length",
    "/missing",
    "/foo/0/x",
    "/toString",
    "/__proto__",
    "/a/b",
  ])("%j leads nowhere", (pointer) => {
    expect(follow(DOCUMENT, pointer)).toBeUndefined();
  });

  it("takes ~01 for ~1", () => {
    expect(follow({ "~1": "tilde one", "/": "slash" }, "/~01")).toBe("tilde one");
  });

  it.each(["foo", "/a~", "/a~2b", "a/b", " "])("%j is no pointer", (pointer) => {
    expect(isJsonPointer(pointer)).toBe(false);
  });
});
