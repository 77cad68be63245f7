import { describe, expect, it } from "vitest";
import { passingFailure, retryAfterMs } from "./retry.js";
import { codeOf } from "./test-support/codes.js";
import { knownAnswers, knownInputs } from "./test-support/known-function.js";
import { type Meddling, openLab, spokenJson } from "./test-support/lab.js";
import { scripted, tcpServer } from "./test-support/local-server.js";
import { memoryRecorder } from "./test-support/memory-recorder.js";

const NOW = Date.UTC(2030, 0, 1, 12);

describe("retryAfterMs", () => {
  it.each([
    [undefined, 0],
    ["", 0],
    ["0", 0],
    ["7", 7000],
    [" 120 ", 120_000],
    ["99999999999999999999", 1e20 * 1000],
    ["-5", 0],
    ["1.5", 0],
    ["soon", 0],
    ["Tue, 01 Jan 2030 12:00:30 GMT", 30_000],
    ["Tuesday, 01-Jan-30 12:00:30 GMT", 30_000],
    ["Tue Jan  1 12:00:30 2030 GMT", 30_000],
    ["Tue, 01 Jan 2030 11:59:00 GMT", 0],
    ["2, 3", 0],
  ])("%j", (value, expected) => {
    expect(retryAfterMs(value, NOW)).toBe(expected);
  });
});

describe("passingFailure", () => {
  it.each([429, 502, 503, 504])("%i may pass", (status) => {
    expect(passingFailure({ status, headers: { "retry-after": "3" } })?.pauseMs).toBe(3000);
    expect(passingFailure({ status, headers: {} })?.pauseMs).toBe(0);
  });

  it("that does not pass is told as busy for minutes after 429, where no pause is named, and is a loss after others", () => {
    expect(passingFailure({ status: 429, headers: {} })?.cause).toMatchObject({
      code: "SUSPECT_BUSY",
      retryAfterMs: 300_000,
    });
    expect(passingFailure({ status: 503, headers: {} })?.cause).toBeUndefined();
  });

  it.each([200, 301, 400, 401, 404, 408, 500, 501, 505])("%i stands for itself", (status) => {
    expect(passingFailure({ status, headers: { "retry-after": "9999" } })).toBeNull();
  });

  it.each(["121", "9999999999", "9".repeat(400), new Date(Date.now() + 200_000).toUTCString()])(
    "is none where one has to wait %s",
    async (pause) => {
      const refused = () => passingFailure({ status: 429, headers: { "retry-after": pause } });
      expect(await codeOf(refused)).toBe("SUSPECT_BUSY");
    },
  );
});

/** What a suspect makes of two rows when its server meddles with requests in this order, and answers all others. */
async function asking(
  meddlings: readonly Meddling[],
): Promise<{ answers: unknown; statuses: unknown[]; times: readonly number[] }> {
  const lab = await openLab(spokenJson("vector"), { meddle: (n) => meddlings[n] ?? {} });
  const suspect = await lab.open();
  const recorder = memoryRecorder();
  const answers = await suspect
    .query(knownInputs(2), [0, 1], recorder)
    .catch((error: unknown) => (error instanceof Error && "code" in error ? error.code : error));
  return {
    answers,
    statuses: recorder.exchanges.map(({ answer }) => answer?.status),
    times: lab.asked.map(({ at }) => at),
  };
}

const lost = (reason: unknown): unknown[] => [0, 1].map(() => ({ kind: "lost", reason }));

describe("a suspect", () => {
  it("is asked again after failures that may pass, each attempt on the record", async () => {
    const { answers, statuses } = await asking([503, 429, 502, 504].map((status) => ({ status })));
    expect(answers).toEqual(knownAnswers(2));
    expect(statuses).toEqual([503, 429, 502, 504, 200]);
  });

  it("is asked five times and no more", async () => {
    const { answers, statuses } = await asking([...Array(9).keys()].map(() => ({ status: 503 })));
    expect(answers).toEqual(lost("HTTP status 503"));
    expect(statuses).toEqual([503, 503, 503, 503, 503]);
  });

  it("that wants to be asked less, five times in a row, is busy", async () => {
    const { answers, statuses } = await asking([...Array(9).keys()].map(() => ({ status: 429 })));
    expect(answers).toBe("SUSPECT_BUSY");
    expect(statuses).toEqual([429, 429, 429, 429, 429]);
  });

  it.each([400, 408, 422, 500, 501])("is not asked again after status %i", async (status) => {
    const { answers, statuses } = await asking([{ status }]);
    expect(answers).toEqual(lost(`HTTP status ${status}`));
    expect(statuses).toEqual([status]);
  });

  it.each([401, 403])("that answers %i at first cannot be asked", async (status) => {
    const { answers, statuses } = await asking([{ status }]);
    expect(answers).toBe("SUSPECT_REFUSED");
    expect(statuses).toEqual([status]);
  });

  it("is left alone for as long as it asks, in seconds or until a date", async () => {
    const seconds = await asking([{ status: 429, headers: { "retry-after": "1" } }]);
    expect(seconds.answers).toEqual(knownAnswers(2));
    const [first = 0, second = 0] = seconds.times;
    expect(second - first).toBeGreaterThan(990);
    const until = Math.ceil((Date.now() + 300) / 1000) * 1000;
    const date = await asking([{ status: 503, headers: { "retry-after": new Date(until).toUTCString() } }]);
    expect(date.answers).toEqual(knownAnswers(2));
    // A timer may fire a millisecond early by the clock.
    expect(Date.now()).toBeGreaterThan(until - 10);
  });

  it.each(["121", "9999999999", "Fri, 01 Jan 2100 00:00:00 GMT"])(
    "that wants to be left alone for long (%s) is busy",
    async (pause) => {
      const { answers, statuses } = await asking([{ status: 429, headers: { "retry-after": pause } }]);
      expect(answers).toBe("SUSPECT_BUSY");
      expect(statuses).toEqual([429]);
    },
  );

  it("is asked again where a connection was reset before any answer", async () => {
    let connections = 0;
    const answer = '{"predictions":[{"values":[1,2]},{"values":[3,4]}]}';
    const { url } = await tcpServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => {
        if (++connections < 3) socket.resetAndDestroy();
        else socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`);
      });
    });
    const suspect = await (await openLab(spokenJson("vector"))).open({ url });
    const recorder = memoryRecorder();
    expect(await suspect.query(knownInputs(2), [0, 1], recorder)).toEqual([
      { kind: "vector", values: Float64Array.of(1, 2) },
      { kind: "vector", values: Float64Array.of(3, 4) },
    ]);
    expect(recorder.exchanges.map((each) => each.lost === undefined)).toEqual([false, false, true]);
  });

  it.each([
    ["SUSPECT_UNREACHABLE", "", 5],
    ["SUSPECT_PROTOCOL", "220 mail.test ESMTP\r\n", 1],
    ["SUSPECT_ADDRESS", "HTTP/1.1 307 x\r\ncontent-length: 0\r\nlocation: ftp://127.0.0.1/\r\n\r\n", 1],
    ["SUSPECT_REDIRECT", "HTTP/1.1 302 x\r\ncontent-length: 0\r\nlocation: /\r\n\r\n", 1],
  ])("fails at first with %s", async (code, script, attempts) => {
    const { url } = await scripted(script);
    const suspect = await (await openLab(spokenJson("vector"))).open({ url });
    const recorder = memoryRecorder();
    expect(await codeOf(() => suspect.query(knownInputs(8), [0, 1, 2, 3, 4, 5, 6, 7], recorder))).toBe(code);
    expect(recorder.exchanges.map((each) => typeof each.lost)).toEqual(Array(attempts).fill("string"));
  });

  it("loses the rows of an answer that breaks off, and is not asked for them again", async () => {
    const { url } = await scripted('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"predictions":[');
    const suspect = await (await openLab(spokenJson("vector"))).open({ url });
    const recorder = memoryRecorder();
    const answers = await suspect.query(knownInputs(2), [0, 1], recorder);
    expect(answers).toEqual(lost(expect.stringMatching("broke off")));
    expect(recorder.exchanges).toHaveLength(1);
  });
});
