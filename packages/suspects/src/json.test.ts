import type { Answer } from "@indicia/core/suspect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAnswer } from "./ask-endpoint.js";
import { jsonProtocol } from "./json.js";
import { jsonConfig } from "./json-config.js";
import type { Protocol, ReceivedAnswer } from "./protocol.js";

const CLASSES = ["cat", "dog", "__proto__"];

function protocolOf(answer: object, more: object = {}, url = "http://m.test/api"): Protocol {
  return jsonProtocol(new URL(url), jsonConfig({ request: { a: { $rows: "x" } }, answer, ...more }));
}

function answerOf(body: unknown, status = 200): ReceivedAnswer {
  return { status, headers: {}, body: Buffer.from(typeof body === "string" ? body : JSON.stringify(body)) };
}

const vector = (...values: number[]): Answer => ({ kind: "vector", values: Float64Array.from(values) });
const lost: unknown = { kind: "lost", reason: expect.stringMatching(/^.{3,300}$/) };

const vectors = protocolOf({ rows: "/p", vector: "/v" });
const labels = protocolOf({ rows: "/p", label: "" });
const named = protocolOf({ rows: "/p", label: "", classes: CLASSES });
const scores = protocolOf({ rows: "/p", scores: "", classes: CLASSES });

describe("requests in JSON", () => {
  it.each([
    ["http://m.test/api", "predict", "http://m.test/api/predict"],
    ["http://m.test/api/?key=k", "/predict", "http://m.test/api/predict?key=k"],
    ["http://m.test", "", "http://m.test/"],
  ])("to %s, path %j, go to %s", (url, path, expected) => {
    const x = { type: "int64" as const, dims: [1], data: BigInt64Array.of(2n ** 62n + 1n) };
    const request = protocolOf({ vector: "" }, { path, method: "PUT" }, url).encode({ x });
    expect(request).toMatchObject({ method: "PUT", headers: { "content-type": "application/json" } });
    expect(request.url.href).toBe(expected);
    expect(new TextDecoder().decode(request.body)).toBe('{"a":[4611686018427387905]}');
  });
});

describe("answers in JSON", () => {
  it.each<[string, Protocol, unknown, unknown[]]>([
    ["vectors", vectors, [{ v: [1, 2] }, { v: [3, 4] }], [vector(1, 2), vector(3, 4)]],
    [
      "nested vectors",
      vectors,
      [{ v: [[1], [2]] }, { v: [true, null] }],
      [vector(1, 2), vector(1, Number.NaN)],
    ],
    [
      "numbers of classes",
      labels,
      [3, 0],
      [
        { kind: "label", label: 3 },
        { kind: "label", label: 0 },
      ],
    ],
    [
      "names of classes",
      labels,
      ["a", "b"],
      [
        { kind: "label", label: "a" },
        { kind: "label", label: "b" },
      ],
    ],
    [
      "known names",
      named,
      ["dog", "__proto__"],
      [
        { kind: "label", label: 1 },
        { kind: "label", label: 2 },
      ],
    ],
    [
      "scores",
      scores,
      [
        { dog: 2, cat: 1 },
        { dog: null, bird: 3, cat: 4 },
      ],
      [vector(1, 2, Number.NaN), vector(4, Number.NaN, Number.NaN)],
    ],
    ["one unusable row", vectors, [{ v: [1, 2] }, { v: "none" }], [vector(1, 2), lost]],
  ])("are read: %s", (_, protocol, rows, expected) => {
    expect(protocol.decode(answerOf({ p: rows }), 2)).toEqual(expected);
  });

  it("are read from the whole body where there is one row", () => {
    expect(protocolOf({ vector: "" }).decode(answerOf([1, 2]), 1)).toEqual([vector(1, 2)]);
    expect(protocolOf({ label: "/0/label" }).decode(answerOf([{ label: "a" }], 201), 1)).toEqual([
      { kind: "label", label: "a" },
    ]);
  });

  it("read scores of members named like prototypes as members", () => {
    const own = answerOf('{"p":[{"__proto__": 3, "cat": 1}]}');
    expect(scores.decode(own, 1)).toEqual([vector(1, Number.NaN, 3)]);
    const inherited = protocolOf({ rows: "/p", scores: "", classes: ["toString", "constructor"] });
    expect(inherited.decode(answerOf({ p: [{}] }), 1)).toEqual([lost]);
  });

  it.each<[string, Protocol, unknown]>([
    ["a list that is elsewhere", vectors, { q: [] }],
    ["a list that is none", vectors, { p: { 0: 1, 1: 2, length: 2 } }],
    ["text for a list", vectors, { p: "ab" }],
    ["fewer rows", vectors, { p: [{ v: [1] }] }],
    ["more rows", vectors, { p: [{ v: [1] }, { v: [1] }, { v: [1] }] }],
    ["no vectors", vectors, { p: [{}, { w: [1] }] }],
    ["numbers for vectors", vectors, { p: [{ v: 1 }, { v: 2 }] }],
    ["text in vectors", vectors, { p: [{ v: ["1"] }, { v: [1, "NaN"] }] }],
    ["objects in vectors", vectors, { p: [{ v: [{}] }, { v: [[{ valueOf: 1 }]] }] }],
    ["empty vectors", vectors, { p: [{ v: [] }, { v: [[]] }] }],
    ["vectors of nothing", vectors, { p: [{ v: [null] }, { v: [null, null] }] }],
    ["infinite vectors", vectors, '{"p":[{"v":[Infinity]},{"v":[1,-1e999]}]}'],
    ["rows that are no objects", vectors, { p: [null, "v"] }],
    ["labels that are none", labels, { p: [1.5, ""] }],
    ["labels beyond whole numbers", labels, { p: [2 ** 53, -1e300] }],
    ["labels of other kinds", labels, { p: [true, ["a"]] }],
    ["labels without end", labels, { p: ["a".repeat(1001), {}] }],
    ["unknown names", named, { p: ["bird", "toString"] }],
    ["scores that are a list", scores, { p: [[1, 2], null] }],
    ["scores in words", scores, { p: [{ cat: "1" }, { dog: {} }] }],
    ["scores in lists", scores, { p: [{ cat: [1, 2] }, { dog: [] }] }],
    ["no scores", scores, { p: [{}, { bird: 1 }] }],
  ])("lose every row, with a reason: %s", (_, protocol, body) => {
    expect(protocol.decode(answerOf(body), 2)).toEqual([lost, lost]);
  });

  it("with another number of classes than are named are lost", () => {
    const three = protocolOf({ rows: "/p", vector: "", classes: CLASSES });
    expect(
      three.decode(
        answerOf({
          p: [
            [1, 2, 3],
            [1, 2],
          ],
        }),
        2,
      ),
    ).toEqual([vector(1, 2, 3), lost]);
  });

  it("with more classes than any model has are lost", () => {
    const body = `{"p":[{"v":[${"1,".repeat(1_000_000)}1]}]}`;
    expect(vectors.decode(answerOf(body), 1)).toEqual([lost]);
  });

  it.each([199, 300, 404, 500])("of status %i are lost", (status) => {
    expect(vectors.decode(answerOf({ p: [{ v: [1] }], error: "why" }, status), 1)).toEqual([
      { kind: "lost", reason: `HTTP status ${status}: why` },
    ]);
  });

  it.each(["", "<html>", '{"p":[', "[".repeat(99_999)])(
    "that are no JSON are of another protocol (case %#)",
    (body) => {
      expect(() => vectors.decode(answerOf(body), 1)).toThrow(
        expect.objectContaining({ code: "SUSPECT_PROTOCOL" }),
      );
      expect(decodeAnswer(vectors, answerOf(body), 1).answers).toEqual([lost]);
    },
  );

  it("give an answer per row, sound or lost, whatever comes", () => {
    const body = fc.oneof(fc.jsonValue(), fc.record({ p: fc.array(fc.jsonValue(), { maxLength: 3 }) }));
    fc.assert(
      fc.property(
        body,
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 100, max: 599 }),
        (value, rows, other) => {
          for (const protocol of [vectors, labels, named, scores]) {
            for (const status of [200, other]) {
              const { answers } = decodeAnswer(protocol, answerOf(value, status), rows);
              expect(answers).toHaveLength(rows);
              const empty = answers.some((each) => each.kind === "vector" && each.values.length === 0);
              expect(empty).toBe(false);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
