import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeAnswer } from "./ask-endpoint.js";
import { recordedDecoder } from "./decoding.js";
import { recordedEncoder } from "./encoding.js";
import { grpcMessage, grpcRequest } from "./grpc.js";
import { oipGrpcProtocol } from "./oip-grpc.js";
import type { Protocol, ReceivedAnswer } from "./protocol.js";
import { codeOf } from "./test-support/codes.js";
import { framed } from "./test-support/grpc-server.js";
import { knownAnswers, knownInputs } from "./test-support/known-function.js";
import { openLab } from "./test-support/lab.js";
import { memoryRecorder } from "./test-support/memory-recorder.js";
import { grpcMessageOf, readGrpcMessage, spokenGrpc } from "./test-support/spoken-grpc.js";

const FLOATS = Buffer.from(Float32Array.of(1, 2).buffer);

function protocolOf(output: string | null = "y", rows: number | null = null): Protocol {
  const inputs = [{ name: "x", type: "float32", dims: [rows, 3] }] as const;
  const infer = new URL("http://m.test/inference.GRPCInferenceService/ModelInfer");
  return oipGrpcProtocol({ infer, model: "m", version: null, inputs, outputs: [] }, { output, binary: null });
}

/** An answer of these bytes, with status 0 where no other is given. */
function received(body: Uint8Array, headers: Readonly<Record<string, string>> = {}): ReceivedAnswer {
  return { status: 200, headers: { "grpc-status": "0", ...headers }, body };
}

function inferred(...outputs: readonly object[]): ReceivedAnswer {
  return received(framed(grpcMessageOf("Inferred", { outputs })));
}

/** Answers to one row, live; the same from a record. */
function decoded(answer: ReceivedAnswer, protocol: Protocol = protocolOf()): unknown {
  const { answers } = decodeAnswer(protocol, answer, 1);
  const again = recordedDecoder(JSON.parse(JSON.stringify(protocol.decoding)))(answer, 1);
  expect(again).toEqual(answers);
  return answers[0];
}

const LOST = { kind: "lost", reason: expect.any(String) as string };
const ONE_TWO = { kind: "vector", values: Float64Array.of(1, 2) };

describe("answers of the Open Inference Protocol over gRPC", () => {
  it("are read from typed contents, packed or not, and from bytes", () => {
    const typed = { name: "y", datatype: "FP32", shape: [1, 2], contents: { floats: [1, 2] } };
    expect(decoded(inferred(typed))).toEqual(ONE_TWO);
    const raw = grpcMessageOf("Inferred", {
      outputs: [{ name: "y", datatype: "FP32", shape: [1, 2] }],
      raw: [FLOATS],
    });
    expect(decoded(received(framed(raw)))).toEqual(ONE_TWO);
    // Field 5 of the answer: name y, FP32, shape [1, 2] unpacked, contents with field 6 twice.
    const unpacked = Buffer.concat([
      Buffer.from([0x2a, 0x19, 0x0a, 1, 0x79, 0x12, 4]),
      Buffer.from("FP32"),
      Buffer.from([0x18, 1, 0x18, 2, 0x2a, 10, 0x35]),
      FLOATS.subarray(0, 4),
      Buffer.from([0x35]),
      FLOATS.subarray(4),
    ]);
    expect(decoded(received(framed(unpacked)))).toEqual(ONE_TWO);
  });

  it("that are one whole number or name per row are labels", () => {
    const label = { name: "y", datatype: "INT64", shape: [1], contents: { longs: [-7] } };
    expect(decoded(inferred(label))).toEqual({ kind: "label", label: -7 });
    const name = { name: "y", datatype: "BYTES", shape: [1], contents: { texts: [Buffer.from("cat")] } };
    expect(decoded(inferred(name))).toEqual({ kind: "label", label: "cat" });
  });

  const y = { name: "y", datatype: "FP32", shape: [1, 2] };
  it.each([
    ["another shape", [{ ...y, shape: [2, 2], contents: { floats: [1, 2] } }]],
    ["a shape of other values", [{ ...y, contents: { floats: [1] } }]],
    ["a negative shape", [{ ...y, shape: [-1, -2], contents: { floats: [1, 2] } }]],
    ["no output of that name", [{ ...y, name: "z", contents: { floats: [1, 2] } }]],
    ["no contents", [y]],
    ["contents of two kinds", [{ ...y, contents: { floats: [1], doubles: [2] } }]],
    ["text for numbers", [{ ...y, contents: { texts: [Buffer.from("1"), Buffer.from("2")] } }]],
    ["nothing but NaN", [{ ...y, contents: { floats: [Number.NaN, Number.NaN] } }]],
    ["an infinite number", [{ ...y, contents: { floats: [1, Number.POSITIVE_INFINITY] } }]],
    ["no outputs", []],
  ])("with %s are lost", (_, outputs) => {
    expect(decoded(inferred(...outputs))).toEqual(LOST);
  });

  it.each([
    ["bytes beside contents", { outputs: [{ ...y, contents: { floats: [3, 4] } }], raw: [FLOATS] }],
    ["bytes for another number of outputs", { outputs: [y, { ...y, name: "z" }], raw: [FLOATS] }],
    ["bytes that are half a number", { outputs: [y], raw: [FLOATS.subarray(0, 7)] }],
    ["a datatype that there is not", { outputs: [{ ...y, datatype: "FP33" }], raw: [FLOATS] }],
  ])("with %s are lost", (_, message) => {
    expect(decoded(received(framed(grpcMessageOf("Inferred", message))))).toEqual(LOST);
  });

  const good = framed(grpcMessageOf("Inferred", { outputs: [{ ...y, contents: { floats: [1, 2] } }] }));
  it.each([
    ["no message", received(new Uint8Array(0))],
    ["half a frame", received(good.subarray(0, 4))],
    ["a message cut short", received(good.subarray(0, -1))],
    ["two messages", received(Buffer.concat([good, good]))],
    [
      "a compressed message",
      received(Buffer.concat([Buffer.of(1), good.subarray(1)]), { "grpc-encoding": "gzip" }),
    ],
    ["bytes that are no message", received(framed(Buffer.from([0xff, 0xff, 0xff, 0xff])))],
    ["a field beyond its message", received(framed(Buffer.from([0x2a, 0x7f, 0x00])))],
    ["a group", received(framed(Buffer.from([0x2b, 0x2c])))],
    ["trailers missing", { status: 200, headers: {}, body: good }],
    ["what servers do not understand", received(new Uint8Array(0), { "grpc-status": "3" })],
  ])("with %s are none of gRPC, and lost", (_, answer) => {
    const { answers, cause } = decodeAnswer(protocolOf(), answer, 1);
    expect(answers).toEqual([LOST]);
    expect(cause?.code).toBe("SUSPECT_PROTOCOL");
    expect(decoded(answer)).toEqual(LOST);
  });

  it("with a status that is not OK are lost whatever their message says, in the server's words", () => {
    const answer = received(good, { "grpc-status": "13", "grpc-message": "on%20fire %%" });
    expect(decoded(answer)).toEqual({ kind: "lost", reason: "gRPC status INTERNAL: on%20fire %%" });
    const other = received(good, { "grpc-status": "99" });
    expect(decoded(other)).toEqual({ kind: "lost", reason: "gRPC status UNKNOWN" });
  });

  it("with very many outputs are refused before they fill the memory", () => {
    const many = Buffer.concat(Array.from({ length: 100_000 }, () => Buffer.from([0x2a, 0x00])));
    expect(decodeAnswer(protocolOf(), received(framed(many)), 1).cause?.code).toBe("SUSPECT_PROTOCOL");
  });

  it("give an answer per row, sound or lost, whatever they are", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(good.length - 6),
        fc.nat(255),
        (bytes, at, byte) => {
          const changed = Buffer.from(good);
          changed[5 + at] = byte;
          for (const body of [framed(bytes), changed]) {
            const { answers } = decodeAnswer(protocolOf(null), received(body), 2);
            expect(answers).toHaveLength(2);
          }
        },
      ),
    );
  });
});

describe("a suspect by oip-grpc", () => {
  it.each([
    [401, "SUSPECT_REFUSED"],
    [403, "SUSPECT_REFUSED"],
    [400, "SUSPECT_PROTOCOL"],
    [501, "SUSPECT_PROTOCOL"],
  ])("that answers like HTTP's %i from the first cannot be asked: %s", async (status, code) => {
    const lab = await openLab(spokenGrpc(), { meddle: () => ({ status }) });
    const suspect = await lab.open();
    expect(await codeOf(() => suspect.query(knownInputs(1), [0], memoryRecorder()))).toBe(code);
    expect(lab.asked).toHaveLength(1);
  });

  it.each([429, 503])("that is busy (%i) is asked again, after as long as it says", async (status) => {
    const headers = { "grpc-retry-pushback-ms": "40" };
    const lab = await openLab(spokenGrpc(), { meddle: (n) => (n === 0 ? { status, headers } : {}) });
    const suspect = await lab.open();
    expect(await suspect.query(knownInputs(3), [0, 1, 2], memoryRecorder())).toEqual(knownAnswers(3));
    expect(lab.asked).toHaveLength(2);
    const long = await openLab(spokenGrpc(), {
      meddle: () => ({ status, headers: { "grpc-retry-pushback-ms": "200000" } }),
    });
    const busy = await long.open();
    expect(await codeOf(() => busy.query(knownInputs(1), [0], memoryRecorder()))).toBe("SUSPECT_BUSY");
  });

  it("finds the only model, and says what is wrong with others", async () => {
    const lab = await openLab(spokenGrpc());
    const suspect = await lab.open({ model: null });
    expect(suspect.identity.model).toBe("m");
    expect(suspect.inputs).toEqual([{ name: "x", type: "float32", dims: [null, 3] }]);
    expect(await codeOf(() => lab.open({ output: "nothing" }))).toBe("SUSPECT_OUTPUT_UNKNOWN");
  });

  it("fills a fixed batch up, and keeps frames, status and trailers on the record", async () => {
    const lab = await openLab(spokenGrpc({ rows: 4, input: "INT64", output: "FP64" }));
    const suspect = await lab.open();
    const recorder = memoryRecorder();
    expect(await suspect.query(knownInputs(6), [0, 1, 2, 3, 4, 5], recorder)).toEqual(knownAnswers(6));
    expect(lab.asked.map(({ rows }) => rows.length)).toEqual([4, 4]);
    const [{ request, answer } = {}] = recorder.queries;
    expect(new URL(request?.url ?? "").pathname).toBe("/inference.GRPCInferenceService/ModelInfer");
    expect(answer?.headers).toMatchObject({ "grpc-status": "0", "content-type": "application/grpc" });
    const message = grpcMessage({ body: answer?.body ?? new Uint8Array(0) });
    expect(readGrpcMessage("Inferred", message)).toMatchObject({ model: "m" });
  });

  it("cannot send halves as typed contents, which have no field for them", async () => {
    const lab = await openLab(spokenGrpc({ binary: false }));
    const suspect = await lab.open();
    const data = Float32Array.of(0.5, 1, 2);
    const answers = await suspect.query(
      { x: { type: "float32", dims: [1, 3], data } },
      [0],
      memoryRecorder(),
    );
    expect(answers).toEqual([{ kind: "vector", values: Float64Array.of(3.5, -0.5, 4, 0.25) }]);
    const half = oipGrpcProtocol(
      {
        infer: new URL("http://m.test/"),
        model: "m",
        version: "2",
        inputs: [{ name: "x", type: "float16", dims: null }],
        outputs: [],
      },
      { output: null, binary: false },
    );
    expect(await codeOf(() => half.encode({ x: { type: "float32", dims: [1, 3], data } }))).toBe(
      "SUSPECT_INPUTS",
    );
  });
});

it("a call has its message behind five bytes", () => {
  const { body } = grpcRequest(new URL("http://m.test/"), Uint8Array.of(7, 8));
  expect([...body]).toEqual([0, 0, 0, 0, 2, 7, 8]);
  expect([...grpcMessage({ body })]).toEqual([7, 8]);
});

it("a record of a call decodes to what it always did, and says how its request came to be, to the byte", () => {
  const inputs = [{ name: "x", type: "float32", dims: [null, 2] }];
  const encoding = { model: "m", version: "1", binary: true, inputs };
  const note = { protocol: "oip-grpc", output: "y", fixedRows: 2, encoding };
  const rows = { x: { type: "float32" as const, dims: [1, 2], data: Float32Array.of(1, 2.5) } };
  const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");
  const framedHex = (...parts: readonly string[]): string => {
    const message = parts.join("");
    return `00${(message.length / 2).toString(16).padStart(8, "0")}${message}`;
  };
  const raw = "0000803f00002040";
  const tensor = "2a0d0a01781204465033321a020202";
  const asked = framedHex("0a016d", "120131", tensor, "32030a0179", "3a10", raw, raw);
  expect(hex(recordedEncoder(note)?.(rows))).toBe(asked);
  const contents = "2a0a32080000803e0000403f";
  const body = Buffer.from(framedHex("2a19", "0a0179120446503332", "1a020201", contents), "hex");
  const answer = { status: 200, headers: { "grpc-status": "0" }, body };
  expect(recordedDecoder(note)(answer, 1)).toEqual([{ kind: "vector", values: Float64Array.of(0.25) }]);
});
