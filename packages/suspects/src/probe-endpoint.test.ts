import { learnAccess } from "@indicia/core/answer-kind";
import { describe, expect, it } from "vitest";
import { type Inspection } from "./inspection.js";
import { type InspectOptions, inspectEndpoint } from "./probe-endpoint.js";
import { knownInputs } from "./test-support/known-function.js";
import {
  type LabOptions,
  type Lab,
  openLab,
  type Spoken,
  spokenJson,
  spokenOip,
} from "./test-support/lab.js";
import { memoryRecorder } from "./test-support/memory-recorder.js";
import { spokenGradio } from "./test-support/spoken-gradio.js";
import { spokenGrpc } from "./test-support/spoken-grpc.js";
import { spokenHf, spokenOpenAi, spokenTfServing, spokenTorchServe } from "./test-support/spoken-rest.js";

const SOFT = [0.125, 0.5, 0.25, 0.125];

async function inspected(
  spoken: Spoken,
  options: LabOptions & { readonly more?: Partial<InspectOptions> } = {},
): Promise<Inspection & { readonly lab: Lab }> {
  const lab = await openLab(spoken, options);
  const seen = await inspectEndpoint({
    url: lab.url,
    ...spoken.options,
    headers: {},
    allowPrivate: true,
    rate: 1e6,
    rows: knownInputs(5),
    learn: learnAccess,
    ...options.more,
  });
  // It is plain JSON.
  expect(JSON.parse(JSON.stringify(seen))).toEqual(seen);
  return { ...seen, lab };
}

describe("a tested connection", () => {
  it("tells what an endpoint of tensors declares and answers", async () => {
    const recorder = memoryRecorder();
    const seen = await inspected(spokenOip(), { more: { recorder } });
    expect(seen).toMatchObject({
      reachable: true,
      error: null,
      protocol: "oip",
      model: "m",
      inputs: [{ name: "x", type: "float32", dims: [null, 3] }],
      answers: { access: "logits", classes: 4, names: [], unplaced: false, numbered: null, topK: null },
      repeats: { rows: 6, differing: 0, largest: 0 },
      rowsPerRequest: { offered: 16, answered: 5 },
      rows: 12,
      lost: { rows: 0, reason: null },
    });
    expect(seen.lab.asked.map(({ rows }) => rows.length)).toEqual([1, 1, 5, 5]);
    expect(seen.requests).toBe(recorder.exchanges.length);
    // No probe of an examination is spent.
    expect(recorder.queries).toEqual([]);
  });

  it.each([spokenGrpc(), spokenGradio("call"), spokenGradio("run"), spokenTfServing("inputs")])(
    "tells what an endpoint answers that speaks $name",
    async (spoken) => {
      const seen = await inspected(spoken);
      expect(seen).toMatchObject({ reachable: true, error: null, lost: { rows: 0 } });
      expect(seen.answers?.access).toBe("logits");
      expect(seen.repeats?.differing).toBe(0);
      expect(seen.rowsPerRequest.answered).toBe(Math.min(5, spoken.maxRows));
    },
  );

  it.each([
    [401, "SUSPECT_REFUSED"],
    [429, "SUSPECT_BUSY"],
  ])("tells what gRPC says where HTTP says %i", async (status, code) => {
    const seen = await inspected(spokenGrpc(), { meddle: () => ({ status }) });
    expect(seen).toMatchObject({ reachable: true, error: { code } });
  });

  it("tells rounded probabilities", async () => {
    const compute = (): number[] => [0.13, 0.5, 0.25, 0.12];
    const seen = await inspected(spokenTfServing("instances"), { meddle: () => ({ compute }) });
    expect(seen.answers).toMatchObject({ access: "probabilities", decimals: 2, classes: 4 });
  });

  it("tells how far repeated answers differ", async () => {
    const meddle: LabOptions["meddle"] = (n) => ({
      compute: () => [0.125 + n / 64, 0.5 - n / 64, 0.25, 0.125],
    });
    const seen = await inspected(spokenTfServing("instances"), { meddle });
    expect(seen.repeats).toEqual({ rows: 6, differing: 6, largest: 1 / 64 });
  });

  it("tells names of classes that have no place yet, and the best alone", async () => {
    const spoken = spokenTorchServe("none");
    const settings = {};
    const meddle: LabOptions["meddle"] = (n) => ({
      body: n < 2 ? '{"cat": 0.5, "dog": 0.25}' : '{"dog": 0.75, "bird": 0.125}',
    });
    const seen = await inspected(spoken, { meddle, more: { settings } });
    expect(seen.answers).toEqual({
      access: "top-k",
      topK: 2,
      decimals: 3,
      classes: null,
      names: ["cat", "dog", "bird"],
      unplaced: true,
      numbered: null,
    });
    expect(seen.rowsPerRequest).toEqual({ offered: 1, answered: 1 });
    expect(seen.rows).toBe(10);
  });

  it("tells the order of names that are numbered", async () => {
    const meddle: LabOptions["meddle"] = () => ({ body: '{"LABEL_10": 0.5, "LABEL_2": 0.5}' });
    const seen = await inspected(spokenTorchServe("none"), { meddle, more: { settings: {} } });
    expect(seen.answers).toMatchObject({ numbered: ["LABEL_2", "LABEL_10"], classes: 2 });
  });

  it.each([
    ["numbers", spokenHf(), false],
    ["letters", spokenOpenAi(), false],
  ])("tells labels alone: %s", async (_, spoken, unplaced) => {
    const seen = await inspected(spoken);
    expect(seen.answers).toMatchObject({ access: "labels", classes: null, unplaced });
  });

  it("tells how many rows a request may have, by asking one by one after a refusal", async () => {
    const lab: LabOptions = {
      meddle: (n) =>
        n === 2 ? { status: 400, body: '{"error": "one at a time"}' } : { compute: () => SOFT },
    };
    const seen = await inspected(spokenJson("vector"), lab);
    expect(seen.rowsPerRequest).toEqual({ offered: 4, answered: 1 });
    expect(seen.lost).toEqual({ rows: 4, reason: "HTTP status 400: one at a time" });
    expect(seen.lab.asked.map(({ rows }) => rows.length)).toEqual([1, 1, 4, 1, 1, 1, 1, 1, 1, 1, 1]);
  });

  it("tells the headers of limits, and of what serves", async () => {
    const headers = { "X-RateLimit-Limit": "60", "ratelimit-remaining": "59", Server: "uvicorn", Date: "x" };
    const seen = await inspected(spokenJson("vector"), { meddle: () => ({ headers }) });
    expect(seen.rateLimits).toEqual({ "x-ratelimit-limit": "60", "ratelimit-remaining": "59" });
    expect(seen.server).toBe("uvicorn");
  });

  it("tells times", async () => {
    let time = 0;
    const seen = await inspected(spokenJson("vector"), { more: { clock: () => (time += 5) } });
    expect(seen.latencyMs).toEqual({ least: 5, median: 5, most: 5 });
  });

  it("asks for leave before each request, those included that ask what it is", async () => {
    let leaves = 0;
    const pace = async (): Promise<void> => void leaves++;
    const seen = await inspected(spokenOip(), { more: { pace } });
    expect(seen.requests).toBeGreaterThan(4);
    expect(leaves).toBe(seen.requests);
  });

  it.each([
    ["SUSPECT_BUSY", { status: 429 }],
    ["SUSPECT_REFUSED", { status: 401 }],
    ["SUSPECT_CHALLENGED", { status: 403, headers: { "cf-mitigated": "challenge" } }],
  ])("stops at %s, and keeps what it has seen", async (code, meddling) => {
    const seen = await inspected(spokenJson("vector"), { meddle: (n) => (n === 2 ? meddling : {}) });
    expect(seen).toMatchObject({ reachable: true, error: { code }, answers: { access: "logits" }, rows: 6 });
  });

  it("tells an endpoint that cannot be reached, or is of another protocol", async () => {
    const url = new URL("http://127.0.0.1:9/");
    expect(await inspected(spokenOip(), { more: { url } })).toMatchObject({
      reachable: false,
      error: { code: "SUSPECT_UNREACHABLE" },
      answers: null,
      repeats: null,
      latencyMs: null,
      rows: 0,
    });
    const other = await inspected(spokenJson("vector"), { meddle: () => ({ body: "hello" }) });
    expect(other).toMatchObject({ reachable: true, error: null, answers: null, rows: 1, lost: { rows: 1 } });
    expect(await inspected(spokenJson("vector"), { more: { allowPrivate: false } })).toMatchObject({
      reachable: false,
      error: { code: "SUSPECT_ADDRESS" },
    });
  });
});
