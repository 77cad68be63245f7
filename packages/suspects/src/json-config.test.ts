import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openEndpoint } from "./index.js";
import { jsonConfig, readJsonConfig } from "./json-config.js";
import { codeOf } from "./test-support/codes.js";
import { temporaryFile } from "./test-support/temporary-file.js";

const GOOD = {
  request: { instances: { $rows: "input" } },
  answer: { rows: "/predictions", vector: "/scores" },
};
const bad: unknown = expect.objectContaining({ code: "SUSPECT_CONFIG" });

const fileOf = (text: string): string => temporaryFile("config.json", text);

describe("a configuration", () => {
  it("needs no more than a request and where the answer stands", () => {
    expect(jsonConfig(GOOD)).toEqual({
      method: "POST",
      path: "",
      headers: {},
      request: GOOD.request,
      maxRows: 16,
      answer: { rows: "/predictions", kind: "vector", pointer: "/scores", classes: null },
    });
  });

  it("may say more", () => {
    const more = {
      ...GOOD,
      method: "PUT",
      path: "v1/predict",
      headers: { "X-Key": "k" },
      maxRows: 4096,
      answer: { rows: "", scores: "", classes: ["a", "b", "__proto__"] },
    };
    expect(jsonConfig(more)).toMatchObject({
      method: "PUT",
      path: "v1/predict",
      headers: { "x-key": "k" },
      maxRows: 4096,
      answer: { rows: "", kind: "scores", pointer: "", classes: ["a", "b", "__proto__"] },
    });
  });

  it("asks one row at a time where rows cannot be told apart, or on request", () => {
    expect(jsonConfig({ ...GOOD, answer: { label: "" }, maxRows: 9 }).maxRows).toBe(1);
    expect(jsonConfig({ ...GOOD, batch: false }).maxRows).toBe(1);
    expect(jsonConfig({ ...GOOD, batch: true, maxRows: 9 }).maxRows).toBe(9);
  });

  it.each([
    ["nothing", null],
    ["a list", [GOOD]],
    ["no request", { answer: GOOD.answer }],
    ["no placeholder", { ...GOOD, request: { instances: "input" } }],
    ["a placeholder that has company", { ...GOOD, request: { $rows: "input", other: 1 } }],
    ["a placeholder of no name", { ...GOOD, request: { $rows: 3 } }],
    ["$each without a placeholder", { ...GOOD, request: { $each: { a: 1 } } }],
    ["a slip", { ...GOOD, max_rows: 3 }],
    ["a slip in the answer", { ...GOOD, answer: { ...GOOD.answer, class: [] } }],
    ["no answer", { request: GOOD.request }],
    ["no kind of answer", { ...GOOD, answer: { rows: "" } }],
    ["two kinds of answer", { ...GOOD, answer: { vector: "", label: "" } }],
    ["no pointer", { ...GOOD, answer: { vector: "scores" } }],
    ["a pointer that is a number", { ...GOOD, answer: { vector: 0 } }],
    ["a pointer to rows that is none", { ...GOOD, answer: { rows: "/a~2", vector: "" } }],
    ["scores without classes", { ...GOOD, answer: { scores: "" } }],
    ["classes that are no names", { ...GOOD, answer: { label: "", classes: ["a", 1] } }],
    ["no classes", { ...GOOD, answer: { label: "", classes: [] } }],
    ["a class twice", { ...GOOD, answer: { label: "", classes: ["a", "a"] } }],
    ["another method", { ...GOOD, method: "DELETE" }],
    ["a path elsewhere", { ...GOOD, path: "http://elsewhere.test/" }],
    ["a path to another host", { ...GOOD, path: "//elsewhere.test/" }],
    ["a path upwards", { ...GOOD, path: "a/../../b" }],
    ["a path with a query", { ...GOOD, path: "a?key=secret" }],
    ["headers that are none", { ...GOOD, headers: ["a: b"] }],
    ["a header that is no name", { ...GOOD, headers: { "a b": "c" } }],
    ["a header of two lines", { ...GOOD, headers: { a: "b\r\nc: d" } }],
    ["a header of no text", { ...GOOD, headers: { a: 1 } }],
    ["rows to tell apart that cannot be", { ...GOOD, batch: true, answer: { vector: "" } }],
    ["a batch that is a number", { ...GOOD, batch: 1 }],
    ["no rows", { ...GOOD, maxRows: 0 }],
    ["half a row", { ...GOOD, maxRows: 1.5 }],
    ["too many rows", { ...GOOD, maxRows: 4097 }],
    ["rows in words", { ...GOOD, maxRows: "16" }],
  ])("is refused: %s", (_, value) => {
    expect(() => jsonConfig(value)).toThrow(bad);
  });

  it("is refused or sound, whatever it is", async () => {
    const part = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>("", "/a", GOOD.request, ["a"], { vector: "" }),
    );
    const keys = fc.constantFrom("method", "path", "headers", "request", "batch", "maxRows", "answer");
    await fc.assert(
      fc.asyncProperty(fc.dictionary(keys, part), fc.boolean(), async (value, good) => {
        const code = await codeOf(() => jsonConfig(good ? { ...GOOD, ...value } : value));
        expect(["none", "SUSPECT_CONFIG"]).toContain(code);
      }),
      { numRuns: 500 },
    );
  });
});

describe("a configuration's file", () => {
  it("is read", () => {
    expect(readJsonConfig(fileOf(JSON.stringify(GOOD)))).toEqual(jsonConfig(GOOD));
  });

  it.each(["", "{", "[".repeat(100), JSON.stringify({ ...GOOD, x: "x".repeat(2 ** 20) })])(
    "is refused (case %#)",
    (text) => {
      expect(() => readJsonConfig(fileOf(text))).toThrow(bad);
    },
  );

  it.each(["Content-Length", "transfer-encoding", "Connection", "accept-encoding"])(
    "cannot set the header %s, nor can the user",
    async (name) => {
      const options = {
        url: new URL("http://m.test/"),
        protocol: "json",
        model: null,
        allowPrivate: false,
        rate: 1,
        budget: 1,
      } as const;
      const config = fileOf(JSON.stringify({ ...GOOD, headers: { [name]: "1" } }));
      const plain = fileOf(JSON.stringify(GOOD));
      expect(await codeOf(() => openEndpoint({ ...options, headers: {}, config }))).toBe("SUSPECT_CONFIG");
      expect(await codeOf(() => openEndpoint({ ...options, headers: { [name]: "1" }, config: plain }))).toBe(
        "SUSPECT_CONFIG",
      );
      expect(await codeOf(() => openEndpoint({ ...options, headers: {}, config: null }))).toBe(
        "SUSPECT_CONFIG",
      );
    },
  );
});
