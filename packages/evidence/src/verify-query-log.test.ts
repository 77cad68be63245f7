import { beforeAll, describe, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import { type SampleQueryLog, sampleQueryLog, withQueryLog } from "./test-support/sample-query-log.js";
import { makeSampleTrace, type TraceChanges } from "./test-support/sample-trace.js";
import { verifyBundle } from "./verify.js";

const plain = readBundle(makeSampleTrace().bundle).files;
const fileOf = (name: string): Uint8Array => plain.get(name) ?? new Uint8Array(0);
const registration = (
  JSON.parse(new TextDecoder().decode(fileOf("trace.json"))) as { readonly registration: string }
).registration;
const transcript = fileOf("observation/transcript.jsonl");

let clear: SampleQueryLog;
let sealed: SampleQueryLog;
beforeAll(async () => {
  clear = await sampleQueryLog(registration);
  sealed = await sampleQueryLog(registration, {
    sealing: { kind: "sub-key", key: new Uint8Array(32).fill(3) },
  });
});

/** What is said of the step, or its code. */
function checked(sample: SampleQueryLog, more: TraceChanges = {}): string {
  const named = { named: ["carol"] };
  const changes = { ...withQueryLog(sample, { registration, transcript, ...named }), ...more };
  const { checks } = verifyBundle(makeSampleTrace(changes).bundle);
  const others = checks.filter(({ name, status }) => name !== "query log" && status === "failed");
  if (others.length > 0) throw new Error(JSON.stringify(others));
  const check = checks.find(({ name }) => name === "query log");
  return check?.status === "failed" ? (check.code ?? "") : (check?.detail ?? "");
}

describe("an excerpt of the query log in a bundle of a trace", () => {
  it("shows what those who are named were answered, proved to stand in the log that was sealed", () => {
    for (const sample of [clear, sealed])
      expect(checked(sample)).toMatch(
        /^5 logged answers to carol, from 2025-03-01T\S+ to 2025-03-01T\S+, each/,
      );
  });

  it("is not taken for that of another log, nor of one that went on, nor of another registration", async () => {
    const swap =
      (excerpt: Uint8Array): NonNullable<TraceChanges["files"]> =>
      (files) => {
        withQueryLog(clear, { registration, transcript }).files?.(files);
        files.set("query-log/excerpt.json", excerpt);
      };
    expect(checked(clear, { files: swap(sealed.excerpt) })).toBe("QUERY_LOG_EXCERPT_UNPROVEN");
    const foreign = await sampleQueryLog("cd".repeat(32));
    expect(checked(clear, { files: swap(foreign.excerpt) })).toBe("QUERY_LOG_OTHER_REGISTRATION");
    const longer = { ...clear, log: { ...clear.log, roots: { index: "00".repeat(32), open: null } } };
    expect(checked(longer)).toBe("QUERY_LOG_EXCERPT_UNPROVEN");
  });

  it("shows nobody who is not named", async () => {
    const both = await sampleQueryLog(registration, { shown: ["carol", "dave"] });
    expect(checked(both)).toBe("TRACE_DISAGREES");
  });

  it("may be missing, which is said", () => {
    const files: NonNullable<TraceChanges["files"]> = (all) => {
      withQueryLog(clear, { registration, transcript }).files?.(all);
      all.delete("query-log/excerpt.json");
    };
    expect(checked(clear, { files })).toBe("the bundle carries no excerpt of the query log");
  });
});
