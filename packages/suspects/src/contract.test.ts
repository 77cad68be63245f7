import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "@indicia/core/suspect";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { recordedDecoder } from "./decoding.js";
import { recordedEncoder } from "./encoding.js";
import { HOSTILE, isSound } from "./test-support/hostile.js";
import { type InputType, knownAnswers, knownInputs, knownRow } from "./test-support/known-function.js";
import { openLab, spokenJson, spokenOip } from "./test-support/lab.js";
import { type MemoryRecorder, memoryRecorder } from "./test-support/memory-recorder.js";
import { spokenGradio } from "./test-support/spoken-gradio.js";
import { spokenGrpc } from "./test-support/spoken-grpc.js";
import {
  spokenHf,
  spokenOpenAi,
  spokenSageMaker,
  spokenTfServing,
  spokenTorchServe,
} from "./test-support/spoken-rest.js";

/** Every protocol passes; a new one adds a line. */
const PROTOCOLS = [
  spokenOip(),
  spokenOip({ binary: true }),
  spokenGrpc(),
  spokenGrpc({ binary: false }),
  spokenGradio("call"),
  spokenGradio("run"),
  spokenJson("vector"),
  spokenJson("scores"),
  spokenTfServing("instances"),
  spokenTfServing("inputs"),
  spokenTorchServe("none"),
  spokenTorchServe("json"),
  spokenHf(),
  spokenSageMaker("application/json"),
  spokenSageMaker("text/csv"),
  spokenOpenAi(),
];

const probes = (rows: number, from = 0): number[] => Array.from({ length: rows }, (_, i) => from + i);
const lost = (reason: unknown): unknown => ({ kind: "lost", reason });

describe.each(PROTOCOLS)("a suspect by $name", (spoken) => {
  const expected = spoken.answers ?? knownAnswers;

  it("answers in order over several batches, whichever comes back first", async () => {
    const lab = await openLab(spoken, {
      meddle: async (n) => {
        await sleep(n % 3 === 1 ? 12 : 1);
        return {};
      },
    });
    const suspect = await lab.open();
    const rows = 5 * spoken.maxRows + (spoken.maxRows > 1 ? 3 : 0);
    expect(await suspect.query(knownInputs(rows), probes(rows), memoryRecorder())).toEqual(expected(rows));
    expect(Math.max(...lab.asked.map((each) => each.rows.length))).toBe(spoken.maxRows);
    const seen = lab.asked.flatMap((each) => each.rows);
    expect(seen).toHaveLength(rows);
    expect(new Set(seen.map(String))).toEqual(new Set(probes(rows).map((i) => String(knownRow(i)))));
  });

  it.each([1, 2, 4])("has no more than %i requests under way at once, and uses them", async (concurrency) => {
    const lab = await openLab(spoken, {
      meddle: async () => {
        await sleep(15);
        return {};
      },
    });
    const suspect = await lab.open({ concurrency });
    const rows = 9 * spoken.maxRows;
    expect(await suspect.query(knownInputs(rows), probes(rows), memoryRecorder())).toEqual(expected(rows));
    expect(lab.most).toBe(concurrency);
    const [first, second] = lab.asked;
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(13);
  });

  it("replays from the record what was seen live: retries, refusals and other forms as well", async () => {
    const lab = await openLab(spoken, {
      meddle: (n) => {
        if (n === 1) return { status: 503 };
        if (n === 4) return { status: 500 };
        return n === 6 ? { compute: () => [1, 2] } : {};
      },
    });
    const recorder = memoryRecorder();
    const live = await lab.open({ recorder });
    const rows = 9 * spoken.maxRows;
    const answers = await live.query(knownInputs(rows), probes(rows), recorder);
    const fallen = answers.filter(({ kind }) => kind === "lost").length;
    // An object of scores has no length to differ in: it keeps classes back. So does a label.
    expect(fallen).toBe((spoken.keepsBack === true ? 1 : 2) * spoken.maxRows);
    expect(recorder.queries).toHaveLength(10);
    const later = await lab.open();
    const replayed: Answer[] = [];
    for (const { request, answer } of recorder.exchanges) {
      if (answer === undefined) continue;
      const again = later.replay(answer, request.probes.length);
      expect(again).toHaveLength(request.probes.length);
      for (const [i, probe] of request.probes.entries()) replayed[probe] = again[i] as Answer;
    }
    expect(replayed).toEqual(answers);
  });

  it("says in the record how its requests came to be: the same rows give the same bytes", async () => {
    const lab = await openLab(spoken);
    const recorder = memoryRecorder();
    const suspect = await lab.open({ recorder });
    const rows = 2 * spoken.maxRows + 1;
    await suspect.query(knownInputs(rows), probes(rows), recorder);
    const encode = recordedEncoder(JSON.parse(JSON.stringify(suspect.decoding)));
    for (const { request } of recorder.queries) {
      const [from = 0] = request.probes;
      const count = request.probes.length;
      const again = encode?.(knownInputs(count, "float32", from));
      expect(again !== undefined && Buffer.from(again).equals(request.body)).toBe(true);
      const other = encode?.(knownInputs(count, "float32", from + 1));
      expect(other === undefined || Buffer.from(other).equals(request.body)).toBe(false);
    }
  });

  it("sends credentials and records only their names", async () => {
    const lab = await openLab(spoken);
    const recorder = memoryRecorder();
    const suspect = await lab.open({ recorder, headers: { Authorization: "Bearer user-secret" } });
    await suspect.query(knownInputs(2), probes(2), recorder);
    const requests = recorder.exchanges.map(({ request }) => request);
    expect(requests.length).toBeGreaterThan(0);
    for (const request of requests) expect(request.headers["authorization"]).toBe("redacted");
    for (const { headers } of lab.asked) expect(headers.authorization).toBe("Bearer user-secret");
    const everything = requests.map(
      (request) => JSON.stringify(request) + new TextDecoder().decode(request.body),
    );
    expect(everything.join()).not.toContain("secret");
    expect(JSON.stringify(suspect.identity)).not.toContain("secret");
  });

  it("has every intent on the record before anything is sent", async () => {
    const recorder = memoryRecorder();
    let arrived = 0;
    const early: number[] = [];
    const lab = await openLab(spoken, {
      arrives: () => {
        if (recorder.exchanges.length < ++arrived) early.push(arrived);
      },
      meddle: (n) => (n === 2 ? { status: 429 } : {}),
    });
    const suspect = await lab.open({ recorder });
    const rows = 6 * spoken.maxRows;
    expect(await suspect.query(knownInputs(rows), probes(rows), recorder)).toEqual(expected(rows));
    expect(early).toEqual([]);
    expect(recorder.exchanges).toHaveLength(arrived);
    expect(recorder.queries.flatMap(({ request }) => request.probes)).toHaveLength(rows + spoken.maxRows);
  });

  it("sends nothing that cannot be recorded", async () => {
    const lab = await openLab(spoken);
    const suspect = await lab.open();
    const full: MemoryRecorder = {
      ...memoryRecorder(),
      intent: async () => Promise.reject(new RangeError("the disk is full")),
    };
    await expect(suspect.query(knownInputs(3), probes(3), full)).rejects.toThrow("the disk is full");
    expect(lab.asked).toEqual([]);
  });

  it("asks for as many rows as the budget allows, and no more", async () => {
    const lab = await openLab(spoken, { meddle: (n) => (n === 1 ? { status: 503 } : {}) });
    const suspect = await lab.open({ budget: 37 });
    const recorder = memoryRecorder();
    const first = await suspect.query(knownInputs(30), probes(30), recorder);
    const second = await suspect.query(knownInputs(20, "float32", 30), probes(20, 30), recorder);
    const third = await suspect.query(knownInputs(2), probes(2), recorder);
    expect(first).toEqual(expected(30));
    expect(second.slice(0, 7)).toEqual(expected(7, 30));
    expect([...second.slice(7), ...third]).toEqual(Array(15).fill(lost("the budget is used up")));
    const answered = lab.asked.filter((_, n) => n !== 1).flatMap(({ rows }) => rows);
    expect(answered).toHaveLength(37);
    expect(new Set(answered.map(String)).size).toBe(37);
  });

  it("keeps to the rate, attempts included", async () => {
    const lab = await openLab(spoken, { meddle: (n) => (n === 3 ? { status: 503 } : {}) });
    const suspect = await lab.open({ rate: 50, concurrency: 3 });
    const start = performance.now();
    const rows = 8 * spoken.maxRows;
    expect(await suspect.query(knownInputs(rows), probes(rows), memoryRecorder())).toEqual(expected(rows));
    expect(lab.asked).toHaveLength(9);
    for (const [i, { at }] of lab.asked.entries()) expect(at - start).toBeGreaterThan(20 * i - 3);
  });

  it.each<InputType>(["float32", "int32", "int64", "uint8"])("takes probes of %s", async (type) => {
    const lab = await openLab(spoken);
    const suspect = await lab.open();
    expect(await suspect.query(knownInputs(5, type), probes(5), memoryRecorder())).toEqual(expected(5));
  });

  it("loses what is too slow, too large, no answer or a page, and nothing else", async () => {
    const lab = await openLab(spoken, {
      meddle: async (n) => {
        if (n === 1) await sleep(500);
        if (n === 2) return { body: "1".repeat(200_000) };
        if (n === 3) return { body: "[[[[" };
        return n === 4 ? { body: "<html>It works!</html>" } : {};
      },
    });
    const suspect = await lab.open({ concurrency: 1, timeoutMs: 250, maxAnswerBytes: 100_000 });
    const step = spoken.maxRows;
    const answers = await suspect.query(knownInputs(6 * step), probes(6 * step), memoryRecorder());
    expect(answers.slice(0, step)).toEqual(expected(step));
    expect(answers.slice(step, 5 * step)).toEqual(Array(4 * step).fill(lost(expect.any(String))));
    expect(answers.slice(5 * step)).toEqual(expected(step, 5 * step));
  });

  it("gives an answer per row from its record, sound or lost, whatever comes", async () => {
    const suspect = await (await openLab(spoken)).open();
    const note: unknown = JSON.parse(JSON.stringify(suspect.decoding));
    const hostile = fc.oneof(
      fc.jsonValue().map((value) => JSON.stringify(value)),
      fc.constantFrom(...HOSTILE),
      fc.string(),
    );
    fc.assert(
      fc.property(
        hostile,
        fc.constantFrom("application/json", "text/csv", "application/jsonlines", "text/html"),
        fc.constantFrom(200, 201, 403, 500),
        fc.integer({ min: 1, max: 3 }),
        (text, content, status, rows) => {
          const body = new TextEncoder().encode(text);
          const answers = recordedDecoder(note)({ status, headers: { "content-type": content }, body }, rows);
          expect(answers).toHaveLength(rows);
          for (const answer of answers) expect(isSound(answer)).toBe(true);
        },
      ),
      { numRuns: 300, seed: 7 },
    );
  });
});

it("a suspect by json keeps the headers of its configuration as secret as the user's", async () => {
  const lab = await openLab(spokenJson("vector"));
  const recorder = memoryRecorder();
  const suspect = await lab.open({ headers: { "X-Other": "user-secret" } });
  await suspect.query(knownInputs(1), probes(1), recorder);
  expect(recorder.exchanges[0]?.request.headers).toEqual({
    "content-type": "application/json",
    "x-api-key": "redacted",
    "x-other": "redacted",
  });
  expect(lab.asked[0]?.headers).toMatchObject({ "x-api-key": "config-secret", "x-other": "user-secret" });
});

describe.each([true, false])("the Open Inference Protocol, tensors as bytes: %s", (binary) => {
  it.each([
    ["FP32", "FP16"],
    ["INT32", "FP64"],
    ["INT64", "FP32"],
    ["UINT8", "FP16"],
    ["INT64", "FP64"],
  ] as const)("answers %s with %s", async (input, output) => {
    const lab = await openLab(spokenOip({ binary, input, output }));
    const suspect = await lab.open();
    expect(suspect.inputs.map(({ name, dims }) => [name, dims])).toEqual([["x", [null, 3]]]);
    expect(await suspect.query(knownInputs(20), probes(20), memoryRecorder())).toEqual(knownAnswers(20));
  });

  it("fills a fixed batch up and reads no answer to the filling", async () => {
    const lab = await openLab(spokenOip({ binary, rows: 4 }));
    const suspect = await lab.open({ budget: 6 });
    const answers = await suspect.query(knownInputs(7), probes(7), memoryRecorder());
    expect(answers).toEqual([...knownAnswers(6), lost("the budget is used up")]);
    expect(lab.asked.map(({ rows }) => rows)).toEqual([
      [0, 1, 2, 3].map(knownRow),
      [4, 5, 5, 5].map(knownRow),
    ]);
  });

  it("sends no probes that do not fit the declared type", async () => {
    const lab = await openLab(spokenOip({ binary, input: "UINT8" }));
    const suspect = await lab.open();
    const recorder = memoryRecorder();
    const halves = { x: { type: "float32" as const, dims: [1, 3], data: Float32Array.of(0.5, 1, 2) } };
    await expect(suspect.query(halves, [0], recorder)).rejects.toMatchObject({ code: "SUSPECT_INPUTS" });
    expect(recorder.exchanges).toEqual([]);
    expect(lab.asked).toEqual([]);
  });
});
