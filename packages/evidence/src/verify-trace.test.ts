import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AcceptedTerms } from "./accepted-terms.js";
import { makeBundle, readBundle } from "./bundle.js";
import { SAMPLE_SEED } from "./test-support/sample-facts.js";
import {
  makeSampleTrace,
  SAMPLE_TERMS,
  SAMPLE_VERSION,
  signedChainBytes,
  TEXT_HASH,
  type TraceChanges,
} from "./test-support/sample-trace.js";
import { verifyBundle } from "./verify.js";

const NAMED: TraceChanges = { named: ["carol", "dave"] };
const codes = (changes: TraceChanges): (string | undefined)[] =>
  verifyBundle(makeSampleTrace({ ...NAMED, ...changes }).bundle)
    .checks.filter(({ status }) => status === "failed")
    .map(({ code }) => code);
/** Change the first acceptance that is cited. */
const first =
  (change: (entry: AcceptedTerms["accepted"][number]) => object) =>
  (file: AcceptedTerms): unknown => ({
    ...file,
    accepted: file.accepted.map((each, i) => (i === 0 ? { ...each, ...change(each) } : each)),
  });

describe("a bundle of a trace", () => {
  it("verifies, and with the disclosed sub-key every figure is drawn again", () => {
    const { bundle, disclosure } = makeSampleTrace();
    const { verified, checks, contents } = verifyBundle(bundle, { disclosure });
    expect(checks.filter(({ status }) => status !== "passed")).toEqual([]);
    expect([verified, contents.trace?.named, contents.conclusion]).toEqual([true, [], null]);
    const without = verifyBundle(bundle).checks.filter(({ status }) => status === "not checked");
    expect(without.map(({ name }) => name)).toEqual(["disclosure", "statistic"]);
  });

  it("says of everybody whom it names which terms he accepted, and how that is known", () => {
    const { bundle } = makeSampleTrace({ named: ["carol", "dave", "erin"] });
    const { verified, checks } = verifyBundle(bundle);
    expect(verified).toBe(true);
    expect(checks.at(-1)).toMatchObject({
      name: "terms",
      status: "passed",
      detail:
        "1 versions, no outside timestamp; dave accepted version 2025-01 on 2025-03-01T12:00:00.000Z, by the gateway's record; " +
        "carol accepted version 2025-01 on 2025-03-01T12:00:00.000Z, signed with his own key; erin accepted nothing on record",
    });
    const text = new TextDecoder().decode(readBundle(bundle).files.get("terms/accepted.json"));
    expect(text).not.toContain("frank");
  });

  it("keeps the acceptances of everybody else to itself", () => {
    const { files } = readBundle(makeSampleTrace({ named: ["carol"] }).bundle);
    expect(new TextDecoder().decode(files.get("terms/accepted.json"))).not.toContain("dave");
  });

  it("does not verify once any byte is changed", () => {
    const { bundle } = makeSampleTrace(NAMED);
    fc.assert(
      fc.property(fc.nat(bundle.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = bundle.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(verifyBundle(changed).verified).toBe(false);
      }),
      { numRuns: 25 },
    );
  });

  it("verifies without terms, and says that there are none", () => {
    const without = (files: Map<string, Uint8Array>): void => {
      for (const name of ["terms/terms.jsonl", "terms/accepted.json"]) files.delete(name);
    };
    const { verified, checks } = verifyBundle(makeSampleTrace({ ...NAMED, files: without }).bundle);
    expect([verified, checks.at(-1)?.status]).toEqual([true, "not checked"]);
  });
});

describe("an acceptance that whoever signs the bundle tampers with", () => {
  it.each([
    ["another line", first(({ line }) => ({ line: line.replace("dave", "dora") })), "ACCEPTANCE_CHANGED"],
    [
      "another time",
      first(({ line }) => ({ line: line.replace("2025-03-01T12", "2024-03-01T12") })),
      "ACCEPTANCE_CHANGED",
    ],
    ["another place", first(() => ({ index: 2 })), "ACCEPTANCE_CHANGED"],
    ["a proof cut short", first(({ proof }) => ({ proof: proof.slice(1) })), "ACCEPTANCE_CHANGED"],
    ["somebody else's", first(() => ({ customer: "carol" })), "ACCEPTANCE_CHANGED"],
    ["one left out", (file) => ({ ...file, accepted: file.accepted.slice(1) }), "ACCEPTANCE_MISSING"],
    ["one denied", (file) => ({ ...file, missing: ["carol"] }), "ACCEPTANCE_MISSING"],
    ["a stranger's", (file) => ({ ...file, missing: ["erin"] }), "ACCEPTANCE_MISSING"],
    [
      "another log",
      (file) => ({ ...file, log: { ...file.log, head: "00".repeat(32) } }),
      "REGISTRATION_CHAIN",
    ],
    [
      "another registration",
      (file) => ({ ...file, registration: "00".repeat(32) }),
      "ACCEPTANCES_OTHER_REGISTRATION",
    ],
    ["no form", () => ({}), "ACCEPTANCES_MALFORMED"],
  ] satisfies [string, NonNullable<TraceChanges["accepted"]>, string][])("%s", (_, accepted, code) => {
    expect(codes({ accepted })).toEqual([code]);
  });

  const recorded = (change: object): TraceChanges => ({
    named: ["carol"],
    acceptances: () => [
      { customer: "carol", version: "2025-01", sha256: TEXT_HASH, address: null, signature: null, ...change },
    ],
  });
  it.each([
    ["of a text that there never was", { sha256: "00".repeat(32) }, "ACCEPTANCE_TERMS"],
    ["of a version that there never was", { version: "2025-02" }, "ACCEPTANCE_TERMS"],
    ["with another's signature", { signature: "ab".repeat(64) }, "ACCEPTANCE_SIGNATURE"],
  ])("%s", (_, change, code) => {
    expect(codes(recorded({}))).toEqual([]);
    expect(codes(recorded(change))).toEqual([code]);
  });
});

describe("terms that were tampered with", () => {
  const body = SAMPLE_VERSION;
  it.each([
    ["another text", { text: `${body.text}.` }, "TERMS_TEXT"],
    ["no day", { effective: "soon" }, "TERMS_MALFORMED"],
    ["no text", { text: "" }, "TERMS_MALFORMED"],
  ])("%s", (_, change, code) => {
    expect(codes({ terms: [{ type: "terms", body: { ...body, ...change } }] })).toEqual([code]);
  });

  it("a version twice, or one that would be in force before the one before it", () => {
    const next = (change: object): TraceChanges => ({
      terms: [...SAMPLE_TERMS, { type: "terms", body: { ...body, version: "2025-02", ...change } }],
    });
    expect(codes(next({}))).toEqual([]);
    expect(codes(next({ version: "2025-01" }))).toEqual(["TERMS_DUPLICATE"]);
    expect(codes(next({ effective: "2024-12-31" }))).toEqual(["TERMS_MALFORMED"]);
    expect(codes({ terms: [{ type: "note", body: {} }] })).toEqual(["TERMS_MALFORMED"]);
  });

  it("other terms than the registration's chain notes, or of another registration", () => {
    const replaced =
      (registration: (own: string) => string) =>
      (files: Map<string, Uint8Array>): void => {
        const line = new TextDecoder().decode(files.get("registration/chain.jsonl")).split("\n")[0] ?? "";
        const { commitment } = (JSON.parse(line) as { body: { commitment: string } }).body;
        const extended = [...SAMPLE_TERMS, { type: "terms", body: { ...body, version: "2025-02" } }];
        files.set(
          "terms/terms.jsonl",
          signedChainBytes("terms", registration(commitment), extended.slice(1)),
        );
      };
    expect(codes({ files: replaced((own) => own) })).toEqual(["NOTED_CHAIN_CUT"]);
    expect(codes({ files: replaced(() => "00".repeat(32)) })).toEqual(["SIGNED_CHAIN_OTHER_REGISTRATION"]);
  });

  it("terms without acceptances", () => {
    expect(codes({ files: (files) => files.delete("terms/accepted.json") })).toEqual(["BUNDLE_FILE_MISSING"]);
  });
});

describe("a trace that does not fit its bundle", () => {
  it.each([
    ["another observation", { trace: { observation: "00".repeat(32) } }, "CONCLUSION_UNCOUNTED"],
    ["another place", { trace: { position: 2 } }, "CONCLUSION_UNCOUNTED"],
    ["another register", { trace: { register: { entries: 2, head: "00".repeat(32) } } }, "TRACE_DISAGREES"],
    ["fewer tried than listed", { trace: { tested: 2 } }, "TRACE_DISAGREES"],
    ["a verdict without a name", { trace: { verdict: "match" }, named: [] }, "TRACE_DISAGREES"],
    ["another registration", { trace: { registration: "00".repeat(32) } }, "TRACE_DISAGREES"],
    [
      "answers to logged queries that nobody sealed",
      { trace: { logged: "00".repeat(32) } },
      "OBSERVATION_SEAL",
    ],
    [
      "a register that was cut",
      { noted: (lines) => lines.filter(({ type }) => type !== "customers") },
      "CUSTOMERS_CUT",
    ],
    [
      "a file that belongs nowhere",
      { files: (files) => files.set("notes.txt", new Uint8Array(1)) },
      "BUNDLE_FILE_UNKNOWN",
    ],
    ["no register", { files: (files) => files.delete("customers.jsonl") }, "BUNDLE_FILE_MISSING"],
    [
      "no form",
      { files: (files) => files.set("trace.json", new TextEncoder().encode("{}")) },
      "TRACE_MALFORMED",
    ],
  ] satisfies [string, TraceChanges, string][])("%s", (_, changes, code) => {
    expect(codes(changes)).toContain(code);
  });

  it("names somebody whom the disclosed sub-key does not show", () => {
    const { bundle, disclosure } = makeSampleTrace(NAMED);
    const { checks } = verifyBundle(bundle, { disclosure });
    expect(checks.find(({ name }) => name === "statistic")).toMatchObject({ code: "STATISTIC_DIFFERS" });
  });

  it("is signed by somebody else", () => {
    const { files } = readBundle(makeSampleTrace().bundle);
    const other = SAMPLE_SEED.map((byte) => byte + 1);
    const { checks } = verifyBundle(makeBundle(files, other));
    expect(checks.filter(({ status }) => status === "failed")).toMatchObject([
      { code: "SIGNATURE_OTHER_KEY" },
    ]);
  });
});
