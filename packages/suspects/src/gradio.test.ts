import { setTimeout as sleep } from "node:timers/promises";
import type { Tensor } from "@indicia/onnx/tensor";
import { describe, expect, it, onTestFinished } from "vitest";
import { decodeAnswer } from "./ask-endpoint.js";
import { recordedDecoder } from "./decoding.js";
import { recordedEncoder } from "./encoding.js";
import { type GradioModel, gradioProtocol } from "./gradio.js";
import { type EndpointOptions, openEndpoint } from "./index.js";
import type { ReceivedAnswer } from "./protocol.js";
import { codeOf } from "./test-support/codes.js";
import { knownAnswers, knownInputs } from "./test-support/known-function.js";
import { openLab } from "./test-support/lab.js";
import { httpServer } from "./test-support/local-server.js";
import { memoryRecorder } from "./test-support/memory-recorder.js";
import { gradioInfo, spokenGradio } from "./test-support/spoken-gradio.js";

const MODEL: GradioModel = {
  url: new URL("http://m.test/gradio_api/call/f?k=v"),
  model: "f",
  parameters: [{ component: "json", name: "x" }],
  presentation: { as: "numbers" },
  fileObjects: true,
  output: 0,
  classes: ["cat", "dog"],
};

function events(...parts: readonly (readonly [event: string, data: string])[]): ReceivedAnswer {
  const body = parts.map(([event, data]) => `event: ${event}\ndata: ${data}\n\n`).join("");
  return { status: 200, headers: { "content-type": "text/event-stream" }, body: Buffer.from(body) };
}

const returned = (value: unknown): ReceivedAnswer => events(["complete", JSON.stringify([value])]);

/** The answer to one row, live; the same from a record. */
function decoded(answer: ReceivedAnswer, changes: Partial<GradioModel> = {}): unknown {
  const protocol = gradioProtocol({ ...MODEL, ...changes });
  const { answers } = decodeAnswer(protocol, answer, 1);
  expect(recordedDecoder(JSON.parse(JSON.stringify(protocol.decoding)))(answer, 1)).toEqual(answers);
  return answers[0];
}

/** What a request for a row holds, live; the same from a record. */
function sent(inputs: Readonly<Record<string, Tensor>>, changes: Partial<GradioModel>): unknown {
  const protocol = gradioProtocol({ ...MODEL, ...changes });
  const { body } = protocol.encode(inputs);
  const again = recordedEncoder(JSON.parse(JSON.stringify(protocol.decoding)))?.(inputs);
  expect(again !== undefined && Buffer.from(again).equals(body)).toBe(true);
  return (JSON.parse(Buffer.from(body).toString()) as { data: unknown }).data;
}

const LOST = { kind: "lost", reason: expect.any(String) as string };
const vector = (...values: number[]): unknown => ({ kind: "vector", values: Float64Array.from(values) });
const scored = (...scores: readonly (readonly [unknown, unknown])[]): unknown => ({
  label: "dog",
  confidences: scores.map(([label, confidence]) => ({ label, confidence })),
});

describe("what a function returned", () => {
  it.each([
    ["a label with confidences", scored(["dog", 0.9], ["cat", 0.1]), vector(0.1, 0.9)],
    ["a label of the likeliest only", scored(["dog", 0.9]), vector(Number.NaN, 0.9)],
    ["a label alone", { label: "dog", confidences: null }, { kind: "label", label: 1 }],
    ["a list", [0.25, 0.75], vector(0.25, 0.75)],
    ["scores by name", { dog: 0.75, cat: 0.25 }, vector(0.25, 0.75)],
    [
      "a table of one line",
      { headers: ["1", "2"], data: [[0.25, 0.75]], metadata: null },
      vector(0.25, 0.75),
    ],
    ["a text", "cat", { kind: "label", label: 0 }],
    ["an update", { __type__: "update", value: [0.25, 0.75] }, vector(0.25, 0.75)],
  ])("is read: %s", (_, value, expected) => {
    expect(decoded(returned(value))).toEqual(expected);
    const body = Buffer.from(JSON.stringify({ data: [value] }));
    expect(decoded({ status: 200, headers: { "content-type": "application/json" }, body })).toEqual(expected);
  });

  it.each([
    ["no components", events(["complete", "[]"])],
    ["no list", events(["complete", '{"data": 1}'])],
    ["no JSON", events(["complete", "[[["])],
    ["an event without an end", { ...events(), body: Buffer.from("event: complete\ndata: [[1, 2]]") }],
    ["heartbeats alone", events(["heartbeat", "null"], ["generating", "[[1, 2]]"])],
    ["an error after all", events(["complete", "[[1, 2]]"], ["error", '{"error": "on fire"}'])],
    ["another number of classes", returned([1, 2, 3])],
    ["a class twice", returned(scored(["dog", 0.5], ["dog", 0.6]))],
    ["a class without a name", returned(scored([null, 0.5], ["dog", 0.6]))],
    ["a confidence that is none", returned(scored(["dog", "0.5"]))],
    ["classes that nobody knows", returned(scored(["fox", 0.5]))],
    ["nothing but NaN", events(["complete", "[[NaN, NaN]]"])],
    ["an infinite number", events(["complete", "[[1, 1e999]]"])],
    ["words", returned("I cannot help with that")],
    ["a number that is no class", returned(0.5)],
  ])("is lost: %s", (_, answer) => {
    expect(decoded(answer)).toEqual(LOST);
  });

  it("that nobody has said the classes of is lost, with what to do", () => {
    expect(decoded(returned(scored(["dog", 0.9])), { classes: null })).toEqual({
      kind: "lost",
      reason: expect.stringContaining('"classes" in --config') as string,
    });
  });

  it("is said in the app's own words where it is an error", () => {
    const reason = "the app answers with an error: Queue is full";
    expect(decoded(events(["error", '{"error": "Queue is full"}']))).toEqual({ kind: "lost", reason });
    expect(decoded(events(["error", '"Queue is full"']))).toEqual({ kind: "lost", reason });
  });
});

describe("a question", () => {
  const x = (dims: number[], ...numbers: number[]): Record<string, Tensor> => ({
    x: { type: "float32", dims, data: Float32Array.from(numbers) },
  });

  it("has the row for a component of JSON, and a line or a matrix for a table", () => {
    expect(sent(x([1, 2], 0.5, 2), {})).toEqual([[0.5, 2]]);
    const parameters = [{ component: "dataframe", name: "df" }];
    const line = { headers: ["1", "2"], data: [[0.5, 2]], metadata: null };
    expect(sent(x([1, 2], 0.5, 2), { parameters })).toEqual([line]);
    const matrix = { headers: ["1"], data: [[0.5], [2]], metadata: null };
    expect(sent(x([1, 2, 1], 0.5, 2), { parameters })).toEqual([matrix]);
  });

  it("has a number for each component that takes one, and what the others are by themselves", () => {
    const parameters = [
      { component: "number", name: "a" },
      { component: "textbox", name: "note", otherwise: "none" },
      { component: "slider", name: "b" },
    ];
    expect(sent(x([1, 2], 0.5, 2), { parameters })).toEqual([0.5, "none", 2]);
    const [b, a] = [x([1, 1], 2), x([1, 1], 0.5)].map(({ x: tensor }) => tensor as Tensor);
    expect(sent({ b: b as Tensor, a: a as Tensor }, { parameters })).toEqual([0.5, "none", 2]);
  });

  it("that does not fit the components is not asked", async () => {
    const parameters = ["a", "b"].map((name) => ({ component: "number", name }));
    const protocol = gradioProtocol({ ...MODEL, parameters });
    expect(await codeOf(() => protocol.encode(x([1, 3], 1, 2, 3)))).toBe("SUSPECT_INPUTS");
    const beside = [...parameters, { component: "textbox", name: "note" }];
    const presentation = { as: "text", input: null, from: "text" } as const;
    const texts = gradioProtocol({ ...MODEL, parameters: beside, presentation });
    const note = { type: "string", dims: [1], data: ["hello"] } as const;
    expect(await codeOf(() => texts.encode({ note }))).toBe("SUSPECT_INPUTS");
  });

  it("has an image as a file that says itself what it is", () => {
    const image = {
      parameters: [{ component: "image", name: "image" }],
      presentation: {
        as: "image",
        input: null,
        layout: "NCHW",
        scale: 255,
        mean: [],
        std: [],
        rounded: false,
      },
    } as const;
    const [file] = sent(x([1, 1, 1, 2], 0, 1), image) as [{ url: string; meta: unknown }];
    expect(file.meta).toEqual({ _type: "gradio.FileData" });
    expect(file.url).toMatch(/^data:image\/png;base64,iVBORw0KGgo/);
    expect(sent(x([1, 1, 1, 2], 0, 1), { ...image, fileObjects: false })).toEqual([file.url]);
    const parameters = [...image.parameters, { component: "number", name: "age" }];
    const both = { image: x([1, 1, 1, 2], 0, 1)["x"] as Tensor, age: x([1], 7)["x"] as Tensor };
    const beside = { ...image, parameters, presentation: { ...image.presentation, input: "image" } };
    expect(sent(both, beside)).toEqual([file, 7]);
  });
});

describe("a question that was taken", () => {
  const protocol = gradioProtocol(MODEL);
  const taken = (body: string, status = 200, type = "application/json"): ReceivedAnswer => ({
    status,
    headers: { "content-type": type },
    body: Buffer.from(body),
  });

  it("has its answer below where it was asked", () => {
    const next = protocol.followUp?.(taken('{"event_id": "0a-B_9"}'));
    expect(next?.url.href).toBe("http://m.test/gradio_api/call/f/0a-B_9?k=v");
  });

  it.each([
    taken('{"event_id": "../../etc"}'),
    taken('{"event_id": "//evil.test/x"}'),
    taken('{"event_id": "a?b"}'),
    taken('{"event_id": ""}'),
    taken('{"event_id": 7}'),
    taken("{}"),
    taken("[["),
    taken('{"event_id": "a"}', 503),
    taken('{"event_id": "a"}', 200, "text/html"),
  ])("has none where it says so in another way, %#", (answer) => {
    expect(protocol.followUp?.(answer)).toBeNull();
  });
});

/** An app whose function answers as a test wants: what it says to the question, and to who comes for the answer. */
async function opened(
  answer: (n: number) => readonly [status: number, body: string],
  options: Partial<EndpointOptions> = {},
): Promise<{ suspect: Awaited<ReturnType<typeof openEndpoint>>; asked: () => number }> {
  let asked = 0;
  const { url } = await httpServer(async (request, response) => {
    const json = (value: unknown): void =>
      void response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (request.url === "/config") return json({ version: "6.15.1", api_prefix: "/gradio_api" });
    if (request.url === "/gradio_api/info") return json(gradioInfo());
    if (request.method === "POST") return json({ event_id: String(asked++) });
    const [status, body] = answer(Number(request.url?.split("/").at(-1)));
    response.writeHead(status, { "content-type": "text/event-stream" });
    if (status !== 0) return void response.end(body);
  });
  const suspect = await openEndpoint({
    url,
    protocol: "gradio",
    model: "/classify",
    config: null,
    settings: { classes: ["a", "b", "c", "d"] },
    headers: {},
    allowPrivate: true,
    rate: 1e6,
    budget: 1e6,
    retry: { firstDelayMs: 1, maxDelayMs: 2 },
    ...options,
  });
  onTestFinished(() => suspect.close());
  return { suspect, asked: () => asked };
}

const GOOD = "event: complete\ndata: [null, [1, 2, 3, 4]]\n\n";

describe("a suspect by gradio", () => {
  it("is never asked twice what it took, whatever became of the answer", async () => {
    const { suspect, asked } = await opened((n) => (n === 1 ? [503, "{}"] : [200, GOOD]));
    const recorder = memoryRecorder();
    const answers = await suspect.query(knownInputs(3), [0, 1, 2], recorder);
    expect(answers.map(({ kind }) => kind)).toEqual(["vector", "lost", "vector"]);
    expect(asked()).toBe(3);
    expect(recorder.queries.map(({ lost }) => lost !== undefined)).toEqual([false, true, false]);
  });

  it("that gives answers too large, or too late, loses its rows", async () => {
    const large = await opened((n) => [200, n === 1 ? `event: x\ndata: ${"y".repeat(20_000)}\n\n` : GOOD], {
      maxAnswerBytes: 10_000,
    });
    const answers = await large.suspect.query(knownInputs(3), [0, 1, 2], memoryRecorder());
    expect(answers.map(({ kind }) => kind)).toEqual(["vector", "lost", "vector"]);
    const { url } = await httpServer(async (request, response) => {
      if (request.url === "/config") return void response.end('{"version": "5.0"}');
      if (request.url === "/info") return void response.end(JSON.stringify(gradioInfo()));
      if (request.method === "POST")
        return void response.writeHead(200, { "content-type": "application/json" }).end('{"event_id": "a"}');
      response.writeHead(200, { "content-type": "text/event-stream" });
      while (!response.destroyed) {
        response.write("event: heartbeat\ndata: null\n\n");
        await sleep(20);
      }
    });
    const lab = await openLab(spokenGradio("call"));
    const slow = await lab.open({ url, timeoutMs: 100 });
    expect(await codeOf(() => slow.query(knownInputs(3), [0, 1, 2], memoryRecorder()))).toBe(
      "SUSPECT_TIMEOUT",
    );
  });

  it("is found from the address of one of its pages, and by the name of its function", async () => {
    const lab = await openLab(spokenGradio("call"));
    const plain = await lab.open();
    const { origin } = new URL(plain.identity.target);
    const named = await lab.open({ url: new URL("/gradio_api/call/classify", origin), model: null });
    expect(named.identity.model).toBe("classify");
    expect(await named.query(knownInputs(2), [0, 1], memoryRecorder())).toEqual(knownAnswers(2));
    expect(await codeOf(() => lab.open({ model: null }))).toBe("SUSPECT_MODEL_UNKNOWN");
    expect(await codeOf(() => lab.open({ model: "nothing" }))).toBe("SUSPECT_MODEL_UNKNOWN");
    expect(await codeOf(() => lab.open({ model: "other" }))).toBe("SUSPECT_OUTPUT_UNKNOWN");
    expect(await codeOf(() => lab.open({ settings: { output: 2 } }))).toBe("SUSPECT_OUTPUT_UNKNOWN");
    expect(await codeOf(() => lab.open({ settings: { nothing: 2 } }))).toBe("SUSPECT_CONFIG");
  });

  it.each([
    [401, "", "SUSPECT_REFUSED"],
    [404, "", "SUSPECT_PROTOCOL"],
    [200, "[]", "SUSPECT_PROTOCOL"],
    [200, '{"version": "6", "api_prefix": "/../.."}', "SUSPECT_PROTOCOL"],
    [200, '{"version": "6", "api_prefix": "//evil.test"}', "SUSPECT_PROTOCOL"],
  ])("whose configuration is %i %s cannot be asked: %s", async (status, body, code) => {
    const { url } = await httpServer((_, response) => void response.writeHead(status).end(body));
    const lab = await openLab(spokenGradio("call"));
    expect(await codeOf(() => lab.open({ url }))).toBe(code);
  });
});
