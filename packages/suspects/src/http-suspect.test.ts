import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "@indicia/core/suspect";
import { describe, expect, it } from "vitest";
import { knownAnswers, knownInputs } from "./test-support/known-function.js";
import { openLab, spokenJson, spokenOip } from "./test-support/lab.js";
import { httpServer } from "./test-support/local-server.js";
import { memoryRecorder } from "./test-support/memory-recorder.js";

/** Four rows per request. */
const SPOKEN = spokenJson("vector");
const probes = (rows: number): number[] => Array.from({ length: rows }, (_, i) => i);
const lost = (rows: number, reason: unknown): unknown[] =>
  Array.from({ length: rows }, () => ({ kind: "lost", reason }));

describe("a suspect that falls silent", () => {
  it("is given up after three requests where it never answered", async () => {
    const lab = await openLab(SPOKEN, { meddle: () => ({ status: 500 }) });
    const suspect = await lab.open();
    await expect(suspect.query(knownInputs(80), probes(80), memoryRecorder())).rejects.toMatchObject({
      code: "SUSPECT_SILENT",
    });
    expect(lab.asked).toHaveLength(3);
  });

  it("is given up after eight where it did, and not where one of them is answered", async () => {
    const lab = await openLab(SPOKEN, { meddle: (n) => (n === 0 || n === 8 ? {} : { status: 500 }) });
    const suspect = await lab.open({ concurrency: 1 });
    const recorder = memoryRecorder();
    await expect(suspect.query(knownInputs(99), probes(99), recorder)).rejects.toMatchObject({
      code: "SUSPECT_SILENT",
    });
    expect(lab.asked).toHaveLength(1 + 7 + 1 + 8);
    expect(recorder.exchanges.every(({ answer }) => answer !== undefined)).toBe(true);
  });

  it("says what it was, where it took too long", async () => {
    const lab = await openLab(SPOKEN, {
      meddle: async (n) => {
        if (n > 0) await sleep(3000);
        return {};
      },
    });
    const suspect = await lab.open({ concurrency: 4, timeoutMs: 800 });
    const recorder = memoryRecorder();
    await expect(suspect.query(knownInputs(40), probes(40), recorder)).rejects.toMatchObject({
      code: "SUSPECT_TIMEOUT",
    });
    // Nothing is written to the record once that is known.
    const settled = recorder.exchanges.length;
    expect(recorder.exchanges.every((each) => (each.answer ?? each.lost) !== undefined)).toBe(true);
    await sleep(50);
    expect(recorder.exchanges).toHaveLength(settled);
  });

  it.each([
    [401, "SUSPECT_REFUSED"],
    [200, "SUSPECT_PROTOCOL"],
  ])("cannot be asked where its first answer is of status %i and of no use: %s", async (status, code) => {
    const { url } = await httpServer((_, response) => void response.writeHead(status).end("<html>"));
    const suspect = await (await openLab(SPOKEN)).open({ url });
    const recorder = memoryRecorder();
    await expect(suspect.query(knownInputs(40), probes(40), recorder)).rejects.toMatchObject({ code });
    expect(recorder.exchanges).toHaveLength(1);
  });

  it("loses the rows of such an answer later on", async () => {
    const lab = await openLab(SPOKEN, { meddle: (n) => (n === 1 ? { status: 401 } : {}) });
    const suspect = await lab.open();
    const answers = await suspect.query(knownInputs(12), probes(12), memoryRecorder());
    expect(answers).toEqual([
      ...knownAnswers(4),
      ...lost(4, "the endpoint answers 401"),
      ...knownAnswers(4, 8),
    ]);
  });
});

describe("a suspect", () => {
  it("loses answers that are too large, and goes on", async () => {
    const lab = await openLab(SPOKEN, {
      meddle: (n) => (n === 1 ? { compute: () => Array<number>(5000).fill(0.123) } : {}),
    });
    const suspect = await lab.open({ maxAnswerBytes: 20_000 });
    const answers = await suspect.query(knownInputs(12), probes(12), memoryRecorder());
    expect(answers).toEqual([
      ...knownAnswers(4),
      ...lost(4, expect.stringContaining("larger than 20000 bytes")),
      ...knownAnswers(4, 8),
    ]);
  });

  it("is asked nothing when its time is over", async () => {
    const lab = await openLab(SPOKEN);
    const suspect = await lab.open({ totalMs: 2000 });
    expect(await suspect.query(knownInputs(4), probes(4), memoryRecorder())).toEqual(knownAnswers(4));
    await sleep(2020);
    const recorder = memoryRecorder();
    expect(await suspect.query(knownInputs(4), probes(4), recorder)).toEqual(lost(4, "the time is used up"));
    expect(recorder.exchanges).toEqual([]);
    expect(lab.asked).toHaveLength(1);
  });

  it("is asked nothing once it is closed", async () => {
    const lab = await openLab(SPOKEN);
    const suspect = await lab.open();
    await suspect.close();
    await expect(suspect.query(knownInputs(4), probes(4), memoryRecorder())).rejects.toMatchObject({
      code: "SUSPECT_CLOSED",
    });
    expect(lab.asked).toEqual([]);
  });

  it.each([SPOKEN, spokenOip()])(
    "by $name on one's own network is refused unless that is allowed",
    async (spoken) => {
      const lab = await openLab(spoken);
      const recorder = memoryRecorder();
      const asking = async (): Promise<Answer[]> => {
        const suspect = await lab.open({ allowPrivate: false, recorder });
        return suspect.query(knownInputs(4), probes(4), recorder);
      };
      await expect(asking()).rejects.toMatchObject({ code: "SUSPECT_ADDRESS" });
      expect(lab.asked).toEqual([]);
    },
  );

  it("is identified without what its address keeps secret", async () => {
    const lab = await openLab(SPOKEN);
    const suspect = await lab.open({ url: new URL("http://m.test/api?key=secret#secret") });
    expect(suspect.identity).toEqual({ protocol: "json", target: "http://m.test/api" });
    const oip = await (await openLab(spokenOip())).open();
    expect(oip.identity).toMatchObject({ protocol: "oip", model: "m" });
  });
});
