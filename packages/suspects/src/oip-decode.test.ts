import type { Answer } from "@indicia/core/suspect";
import { describe, expect, it } from "vitest";
import { decodeInfer } from "./oip-decode.js";
import type { ReceivedAnswer } from "./protocol.js";

const LENGTH = "inference-header-content-length";

function answerOf(body: unknown, changes: Partial<ReceivedAnswer> = {}): ReceivedAnswer {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return { status: 200, headers: {}, body: Buffer.from(text), ...changes };
}

function binaryOf(json: unknown, bytes: Uint8Array, length?: string): ReceivedAnswer {
  const head = Buffer.from(JSON.stringify(json));
  return {
    status: 200,
    headers: { [LENGTH]: length ?? String(head.length) },
    body: Buffer.concat([head, bytes]),
  };
}

const decode = (answer: ReceivedAnswer, rows = 2, output: string | null = "y", sent = rows): Answer[] =>
  decodeInfer(answer, { output, rows, sent });

const y = (changes: object): object => ({ name: "y", datatype: "FP32", shape: [2, 2], ...changes });
const inJson = (changes: object): ReceivedAnswer => answerOf({ outputs: [y(changes)] });
const inBytes = (bytes: Uint8Array, changes: object = {}): ReceivedAnswer =>
  binaryOf({ outputs: [y({ parameters: { binary_data_size: bytes.length }, ...changes })] }, bytes);

const vector = (...values: number[]): Answer => ({ kind: "vector", values: Float64Array.from(values) });
const label = (of: number | string): Answer => ({ kind: "label", label: of });
const FLOATS = new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer);

describe("answers of the Open Inference Protocol", () => {
  it.each([
    ["flat data", inJson({ data: [1, 2, 3, 4] }), [vector(1, 2), vector(3, 4)]],
    [
      "nested data",
      inJson({
        data: [
          [1, 2],
          [3, 4],
        ],
      }),
      [vector(1, 2), vector(3, 4)],
    ],
    ["an image of scores", inJson({ shape: [2, 1, 2], data: [1, 2, 3, 4] }), [vector(1, 2), vector(3, 4)]],
    [
      "null for what is kept back",
      inJson({ data: [null, 2, 3, null] }),
      [vector(Number.NaN, 2), vector(3, Number.NaN)],
    ],
    ["a lone float", inJson({ shape: [2, 1], data: [0.5, 1] }), [vector(0.5), vector(1)]],
    ["whole labels", inJson({ datatype: "INT64", shape: [2], data: [7, 0] }), [label(7), label(0)]],
    ["whole scores", inJson({ datatype: "INT8", data: [1, 2, 3, 4] }), [vector(1, 2), vector(3, 4)]],
    ["booleans", inJson({ datatype: "BOOL", shape: [2, 1], data: [true, false] }), [label(1), label(0)]],
    ["names", inJson({ datatype: "BYTES", shape: [2], data: ["cat", "dog"] }), [label("cat"), label("dog")]],
    ["bytes", inBytes(FLOATS), [vector(1, 2), vector(3, 4)]],
    [
      "bytes of names",
      inBytes(Buffer.from("\u0003\0\0\0cat\u0001\0\0\0d"), { datatype: "BYTES", shape: [2] }),
      [label("cat"), label("d")],
    ],
  ])("are read: %s", (_, answer, expected) => {
    expect(decode(answer)).toEqual(expected);
  });

  it.each([
    ["UINT16", Uint16Array.of(1, 65535), [1, 65535]],
    ["UINT32", Uint32Array.of(1, 2 ** 32 - 1), [1, 2 ** 32 - 1]],
    ["UINT64", BigUint64Array.of(1n, 2n ** 53n - 1n), [1, 2 ** 53 - 1]],
    ["INT16", Int16Array.of(-1, 7), [-1, 7]],
    ["INT64", BigInt64Array.of(-1n, 7n), [-1, 7]],
  ])("are labels where bytes are one %s per row", (datatype, data, [first, second]) => {
    const bytes = new Uint8Array(data.buffer);
    expect(decode(inBytes(bytes, { datatype, shape: [2, 1] }))).toEqual([
      label(first ?? 0),
      label(second ?? 0),
    ]);
  });

  it("are found behind other outputs, whichever way those travel", () => {
    const outputs = [
      { name: "in json", datatype: "FP32", shape: [1], data: [0] },
      { name: "before", datatype: "UINT8", shape: [3], parameters: { binary_data_size: 3 } },
      y({ parameters: { binary_data_size: 16 } }),
      { name: "after", datatype: "UINT8", shape: [1], parameters: { binary_data_size: 1 } },
    ];
    const answer = binaryOf({ outputs }, Buffer.concat([Buffer.alloc(3, 9), FLOATS, Buffer.alloc(1)]));
    expect(decode(answer)).toEqual([vector(1, 2), vector(3, 4)]);
    expect(decode(answer, 2, null)[0]).toEqual(vector(1, 2));
  });

  it("leave out what a batch was filled up with", () => {
    expect(decode(inJson({ shape: [4, 1], data: [1, 2, 3, 4] }), 3, "y", 4)).toEqual([
      vector(1),
      vector(2),
      vector(3),
    ]);
    expect(decode(inJson({ data: [1, 2, 3, 4] }), 1, "y", 4)[0]?.kind).toBe("lost");
  });

  const everyRowLost: readonly (readonly [string, ReceivedAnswer])[] = [
    ["an error", answerOf({ error: "out of memory" }, { status: 400 })],
    ["another success", answerOf({ outputs: [y({ data: [1, 2, 3, 4] })] }, { status: 202 })],
    ["no such output", answerOf({ outputs: [{ ...y({ data: [1, 2, 3, 4] }), name: "z" }] })],
    ["no output", answerOf({ outputs: [] })],
    ["outputs that are none", answerOf({ outputs: [null, 1, "y", [y({})]] })],
    ["neither data nor bytes", inJson({})],
    ["no shape", inJson({ shape: undefined, data: [1, 2, 3, 4] })],
    ["a shape of text", inJson({ shape: "2,2", data: [1, 2, 3, 4] })],
    ["a negative shape", inJson({ shape: [-2, -2], data: [1, 2, 3, 4] })],
    ["half a row", inJson({ shape: [1.5, 2], data: [1, 2, 3] })],
    [
      "a shape beyond numbers",
      answerOf('{"outputs":[{"name":"y","datatype":"FP32","shape":[1e999],"data":[1]}]}'),
    ],
    ["a huge shape", inJson({ shape: [2, 2 ** 53 - 1], data: [1, 2, 3, 4] })],
    ["a shape whose product overflows", inJson({ shape: Array(40).fill(2 ** 52), data: [1, 2, 3, 4] })],
    ["rows on another axis", inJson({ shape: [1, 4], data: [1, 2, 3, 4] })],
    ["more rows", inJson({ shape: [3, 2], data: [1, 2, 3, 4, 5, 6] })],
    ["fewer rows", inJson({ shape: [1, 2], data: [1, 2] })],
    ["no columns", inJson({ shape: [2, 0], data: [] })],
    ["fewer numbers", inJson({ data: [1, 2, 3] })],
    ["more numbers", inJson({ data: [1, 2, 3, 4, 5] })],
    ["text for numbers", inJson({ data: ["1", "2", "3", "4"] })],
    ["one text among numbers", inJson({ data: [1, 2, 3, "4"] })],
    ["objects for numbers", inJson({ data: [{}, {}, {}, {}] })],
    ["an object for data", inJson({ data: { length: 4, 0: 1 } })],
    ["numbers for names", inJson({ datatype: "BYTES", shape: [2], data: [1, 2] })],
    ["several names per row", inJson({ datatype: "BYTES", data: ["a", "b", "c", "d"] })],
    ["names without letters", inJson({ datatype: "BYTES", shape: [2], data: ["", ""] })],
    [
      "names without end",
      inJson({ datatype: "BYTES", shape: [2], data: ["a".repeat(2000), "b".repeat(2000)] }),
    ],
    [
      "infinite numbers",
      answerOf('{"outputs":[{"name":"y","datatype":"FP32","shape":[2,2],"data":[Infinity,1,2,-Infinity]}]}'),
    ],
    [
      "numbers too large",
      answerOf('{"outputs":[{"name":"y","datatype":"FP32","shape":[2,2],"data":[1e999,1,2,-1e999]}]}'),
    ],
    [
      "NaN for everything",
      answerOf('{"outputs":[{"name":"y","datatype":"FP32","shape":[2,2],"data":[NaN,NaN,NaN,NaN]}]}'),
    ],
    ["labels that are not whole", inJson({ datatype: "INT64", shape: [2], data: [0.5, null] })],
    ["labels beyond whole numbers", inJson({ datatype: "INT64", shape: [2], data: [2 ** 53, -(2 ** 60)] })],
    ["bytes of no datatype", inBytes(FLOATS, { datatype: "FP31" })],
    ["a name that cannot be text", answerOf({ outputs: [{ name: { toString: 0 } }] })],
    ["a datatype that cannot be text", inJson({ datatype: { toString: 0, valueOf: 0 } })],
    ["half a number in bytes", inBytes(FLOATS.subarray(0, 15))],
    ["fewer bytes", inBytes(FLOATS.subarray(0, 12))],
    ["a size beyond the body", binaryOf({ outputs: [y({ parameters: { binary_data_size: 17 } })] }, FLOATS)],
    ["a size below the bytes", binaryOf({ outputs: [y({ parameters: { binary_data_size: 8 } })] }, FLOATS)],
    ["a negative size", binaryOf({ outputs: [y({ parameters: { binary_data_size: -16 } })] }, FLOATS)],
    ["a size in words", binaryOf({ outputs: [y({ parameters: { binary_data_size: "16" } })] }, FLOATS)],
    ["an infinite size", binaryOf({ outputs: [y({ parameters: { binary_data_size: 1e300 } })] }, FLOATS)],
    [
      "a size that lies before it",
      binaryOf(
        {
          outputs: [
            { name: "a", parameters: { binary_data_size: -8 } },
            y({ shape: [2, 1], parameters: { binary_data_size: 24 } }),
          ],
        },
        FLOATS,
      ),
    ],
    [
      "names whose length lies",
      inBytes(Buffer.from("\u0003\0\0\0cat\u00ff\0\0\0d"), { datatype: "BYTES", shape: [2] }),
    ],
    ["bytes that are infinite", inBytes(new Uint8Array(Float32Array.of(1, 1 / 0, -1 / 0, 1).buffer))],
  ];

  it.each(everyRowLost)("lose every row, with a reason: %s", (_, answer) => {
    const lost = { kind: "lost", reason: expect.stringMatching(/^.{3,300}$/) as string };
    expect(decode(answer)).toEqual([lost, lost]);
  });

  it("lose only the rows that cannot be read", () => {
    const answer = inJson({ data: [1, 2, null, null] });
    expect(decode(answer).map(({ kind }) => kind)).toEqual(["vector", "lost"]);
  });

  it.each([
    ["no JSON", answerOf("<html>")],
    ["nothing", answerOf("")],
    ["null", answerOf("null")],
    ["a list", answerOf([])],
    ["no outputs", answerOf({ predictions: [] })],
    ["outputs that are no list", answerOf({ outputs: { y: {} } })],
    ["nesting without end", answerOf("[".repeat(100_000))],
    ["a length beyond the body", binaryOf({ outputs: [y({ data: [1, 2, 3, 4] })] }, Buffer.of(), "9999")],
    [
      "a negative length",
      binaryOf({ outputs: [y({ parameters: { binary_data_size: 16 } })] }, FLOATS, "-16"),
    ],
    ["a length that is no number", binaryOf({ outputs: [] }, FLOATS, "14, 14")],
    ["a length in the middle of the JSON", binaryOf({ outputs: [] }, FLOATS, "5")],
    ["a length amid the bytes", binaryOf({ outputs: [] }, FLOATS, "17")],
  ])("that are %s are of another protocol", (_, answer) => {
    expect(() => decode(answer)).toThrow(expect.objectContaining({ code: "SUSPECT_PROTOCOL" }));
  });

  it("take the first of outputs that share a name, and the last of members that do", () => {
    const outputs = [y({ data: [1, 2, 3, 4] }), y({ data: [5, 6, 7, 8] })];
    expect(decode(answerOf({ outputs }))).toEqual([vector(1, 2), vector(3, 4)]);
    const text =
      '{"outputs":1,"outputs":[{"name":"x","name":"y","datatype":"FP32","shape":[2,1],"data":[1,2]}]}';
    expect(decode(answerOf(text))).toEqual([vector(1), vector(2)]);
  });

  it("are not led to prototypes by their names", () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      const text = `{"outputs":[{"name":"${name}","datatype":"FP32","shape":[2,1],"data":[1,2]}],"__proto__":{"outputs":[]}}`;
      expect(decode(answerOf(text), 2, name)).toEqual([vector(1), vector(2)]);
      expect(decode(answerOf(text), 2, "y")[0]?.kind).toBe("lost");
    }
    const hidden = '{"__proto__":{"outputs":[{"name":"y","datatype":"FP32","shape":[2,1],"data":[1,2]}]}}';
    expect(() => decode(answerOf(hidden))).toThrow(expect.objectContaining({ code: "SUSPECT_PROTOCOL" }));
  });

  it("pass on what a server says of its error, and no more than that", () => {
    const said = (body: unknown): unknown => decode(answerOf(body, { status: 500 }), 1)[0];
    expect(said({ error: "out of memory" })).toEqual({
      kind: "lost",
      reason: "HTTP status 500: out of memory",
    });
    for (const body of ["<html>", { error: { code: 1 } }, null, "[".repeat(1000)]) {
      expect(said(body)).toEqual({ kind: "lost", reason: "HTTP status 500" });
    }
    expect(JSON.stringify(said({ error: "x".repeat(100_000) })).length).toBeLessThan(300);
  });
});
