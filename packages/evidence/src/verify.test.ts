import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import { describe, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import { canonicalBytes, parseCanonical, sha256Hex } from "./canonical.js";
import { makeDisclosure } from "./disclosure.js";
import type { EvidenceErrorCode } from "./error.js";
import type { ConclusionFile } from "./conclusion-format.js";
import type { ObservationFile, SealedResidual } from "./observation-format.js";
import { nativeSha256 } from "./hash-file.js";
import { sealBytes } from "./seal.js";
import { publicKey } from "./sign.js";
import { chainBytes } from "./test-support/sample-chain.js";
import { makeSample, type SampleChanges } from "./test-support/sample-bundle.js";
import { SAMPLE_SUB_KEYS } from "./test-support/sample-facts.js";
import { sampleTranscript } from "./test-support/sample-transcript.js";
import { type CheckName, type VerifyReport, verifyBundle } from "./verify.js";

const SAMPLE = makeSample();

const failures = ({ checks }: VerifyReport): [CheckName, EvidenceErrorCode | undefined][] =>
  checks.filter(({ status }) => status === "failed").map(({ name, code }) => [name, code]);
const statuses = ({ checks }: VerifyReport): Record<string, string> =>
  Object.fromEntries(checks.map(({ name, status }) => [name, status]));

/** Every copy of a value in which one leaf is another one of its kind. */
function changedOnce(value: unknown): unknown[] {
  if (typeof value === "number") return [value > 0 && value < 1 ? value / 2 : value + 1];
  if (typeof value === "string") {
    const known = { match: "inconclusive", inconclusive: "match", exploratory: "anchored" };
    return [
      Object.hasOwn(known, value) ? known[value as keyof typeof known] : (KINDS.get(value) ?? `${value}.`),
    ];
  }
  if (Array.isArray(value))
    return [
      ...value.flatMap((each, i) => changedOnce(each).map((other) => value.with(i, other))),
      value.slice(1),
    ];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, each]) =>
    changedOnce(each).map((other) => ({ ...value, [name]: other })),
  );
}

/** Other values of fields that allow only a few. */
const KINDS: ReadonlyMap<string, string> = new Map([
  ["readout", "weights"],
  ["probabilities", "logits"],
  ["not run", "match"],
  ["none registered", "not run"],
]);

describe("verification of what is in order", () => {
  it("passes every step, and says what it found", () => {
    const report = verifyBundle(SAMPLE.bundle, { disclosure: SAMPLE.disclosure });
    expect(report.verified).toBe(true);
    expect(statuses(report)).toEqual({
      archive: "passed",
      registration: "passed",
      timestamps: "passed",
      beacon: "passed",
      signature: "passed",
      observation: "passed",
      plan: "passed",
      observer: "passed",
      transcript: "passed",
      conclusion: "passed",
      "registration chain": "passed",
      marks: "passed",
      disclosure: "passed",
      residuals: "passed",
      statistic: "passed",
    });
    const details = report.checks.map(({ detail }) => detail).join("\n");
    expect(details).toContain(SAMPLE.commitment);
    expect(details).toContain(SAMPLE.seal);
    expect(details).toContain("2 exchanges, 1 lost");
    expect(report.contents.registration?.owner).toBe("Example Ltd");
    expect(report.contents.observation?.access).toBe("probabilities");
    expect(report.contents.conclusion?.verdict).toBe("inconclusive");
  });

  it("reports the same with the platform's hash", () => {
    expect(verifyBundle(SAMPLE.bundle, { sha256: nativeSha256 })).toEqual(verifyBundle(SAMPLE.bundle));
  });

  it("says that it did not check what was not given", () => {
    const report = verifyBundle(SAMPLE.bundle);
    expect(report.verified).toBe(true);
    expect(report.checks.find(({ name }) => name === "disclosure")).toEqual({
      name: "disclosure",
      status: "not checked",
      detail: "no disclosure was given",
    });
    expect(statuses(verifyBundle(makeSample({ marks: null }).bundle))["marks"]).toBe("not checked");
  });

  it("fails where any field of the conclusion does not come out", () => {
    const conclusion = JSON.parse(
      new TextDecoder().decode(readBundle(SAMPLE.bundle).files.get("conclusion.json")),
    ) as ConclusionFile;
    const { concluded, version, kind, registration, observation, subKey, payload, ...derived } = conclusion;
    expect([concluded, version, kind, registration, observation, subKey, payload]).not.toContain(undefined);
    const variants = Object.entries(derived).flatMap(([name, value]) =>
      changedOnce(value).map((changed) => [name, changed] as const),
    );
    expect(variants.length).toBeGreaterThan(25);
    for (const [name, changed] of variants) {
      const { bundle, disclosure } = makeSample({ conclusion: { [name]: changed } });
      const failed = failures(verifyBundle(bundle, { disclosure })).map(([check]) => check);
      expect([name, changed, failed[0]]).toEqual([
        name,
        changed,
        expect.stringMatching(/^(conclusion|registration chain|statistic)$/),
      ]);
    }
  });

  it("fails where a payload is claimed that was not committed to", () => {
    const { bundle, disclosure } = makeSample({
      conclusion: { payload: { text: "mine", nonce: "11".repeat(32) } },
    });
    expect(failures(verifyBundle(bundle, { disclosure }))).toEqual([["statistic", "PAYLOAD_DIFFERS"]]);
  });

  it("asks for no transcript where no endpoint was asked", () => {
    const { seal } = makeSample({ observation: OF_A_FILE });
    const files = (all: Map<string, Uint8Array>): void => {
      all.delete("observation/transcript.jsonl");
      all.set("observation/seal.json", sealBytes({ observation: seal, transcript: null }));
    };
    const report = verifyBundle(makeSample({ observation: OF_A_FILE, files }).bundle);
    expect(failures(report)).toEqual([]);
    expect(statuses(report)).toMatchObject({ transcript: "not checked", residuals: "not checked" });
  });
});

/** An observation of an open file instead of an endpoint. */
const fileResidual = (id: string): SealedResidual => ({
  id,
  carrier: { scheme: "readout/1", rows: 2, columns: 3 },
  file: "look-6-log-ratio-raw.i16",
  formed: null,
});
const OF_A_FILE: Partial<ObservationFile> = {
  access: "file",
  answers: null,
  probes: null,
  transcript: null,
  looks: [{ probes: 0, lost: 0, residuals: [fileResidual("file-readout")] }],
  controls: (["reference", "noise", "stranger"] as const).map((name) => ({
    name,
    kind: name === "reference" ? ("reference" as const) : ("innocent" as const),
    residuals: [fileResidual(`control-${name}-file-readout`)],
  })),
};

describe("verification of what an observation consists of", () => {
  const honest = JSON.parse(
    new TextDecoder().decode(readBundle(SAMPLE.bundle).files.get("observation/observation.json")),
  ) as ObservationFile;
  const [look] = honest.looks;
  if (look === undefined) throw new Error("the sample has a look");
  const [first, ...rest] = look.residuals;
  if (first === undefined) throw new Error("the sample has residuals");
  const looking = (...residuals: SealedResidual[]): Partial<ObservationFile> => ({
    looks: [{ ...look, residuals }],
  });
  const cases: readonly (readonly [string, Partial<ObservationFile>, string])[] = [
    [
      "a residual that no answer gives",
      looking(...look.residuals, fileResidual("extra")),
      "OBSERVATION_STRUCTURE",
    ],
    ["a residual left out", looking(...rest), "OBSERVATION_STRUCTURE"],
    [
      "another place in the carrier",
      looking({ ...first, carrier: { scheme: "readout/1", rows: 3, columns: 2 } }, ...rest),
      "OBSERVATION_STRUCTURE",
    ],
    [
      "weights that no plan samples",
      looking(
        { ...first, carrier: { scheme: "weights/1", segments: [{ label: "w", start: 3, count: 6 }] } },
        ...rest,
      ),
      "OBSERVATION_STRUCTURE",
    ],
    ["looks of its own choice", { looks: [{ ...look, probes: 3 }, look] }, "OBSERVATION_STRUCTURE"],
    ["controls left out", { controls: honest.controls.slice(1) }, "OBSERVATION_STRUCTURE"],
    [
      "fewer losses",
      { probes: { ...honest.probes, lost: 0 } as ObservationFile["probes"] },
      "OBSERVATION_STRUCTURE",
    ],
    ["no transcript", { transcript: null }, "OBSERVATION_SEAL"],
    [
      "fewer losses all through",
      { looks: [{ ...look, lost: 0 }], probes: { ...honest.probes, lost: 0 } as ObservationFile["probes"] },
      "RESIDUAL_DIFFERS",
    ],
    ["other decimals", { answers: { decimals: 1, topK: null, deterministic: true } }, "RESIDUAL_DIFFERS"],
    [
      "a shaping under another's name",
      looking(...look.residuals.map((each) => ({ ...each, file: first.file }))),
      "RESIDUAL_DIFFERS",
    ],
  ];
  it.each(cases)("names %s", (_, observation, code) => {
    const report = verifyBundle(makeSample({ observation }).bundle);
    expect(failures(report).map(([, each]) => each)).toContain(code);
  });

  it("names a shaped residual that does not follow from the answers", () => {
    const forged = Int16Array.from({ length: 6 }, (_, i) => (i % 2 === 0 ? 30_000 : -30_000));
    const name = "look-6-log-ratio-whitened.i16";
    const bytes = new Uint8Array(forged.buffer);
    const changes: SampleChanges = {
      observation: { files: { ...honest.files, [name]: sha256Hex(bytes) } },
      files: (files) => files.set(`observation/${name}`, bytes),
    };
    expect(failures(verifyBundle(makeSample(changes).bundle))).toEqual([["residuals", "RESIDUAL_DIFFERS"]]);
  });

  it("names a sub-key that copies are not released under", () => {
    const { bundle } = makeSample({ conclusion: { subKey: 1 } });
    expect(failures(verifyBundle(bundle))).toEqual([["conclusion", "CONCLUSION_DISAGREES"]]);
  });
});

/** A file of the bundle with some fields changed, everything else and the signature made to fit. */
const document =
  (path: string, change: object): NonNullable<SampleChanges["files"]> =>
  (files) => {
    const before = parseCanonical(files.get(path) ?? new Uint8Array(0));
    files.set(path, canonicalBytes({ ...Object(before), ...change }));
  };
const replaced =
  (path: string, bytes: Uint8Array | null): NonNullable<SampleChanges["files"]> =>
  (files) => {
    if (bytes === null) files.delete(path);
    else files.set(path, bytes);
  };

describe("verification of what its own signer made false", () => {
  const OTHER = "cd".repeat(32);
  const TRANSCRIPT = "observation/transcript.jsonl";
  const lines = sampleTranscript(SAMPLE.commitment);
  const cases: readonly [string, SampleChanges, CheckName, EvidenceErrorCode][] = [
    [
      "no registration",
      { files: replaced("registration/registration.json", null) },
      "registration",
      "BUNDLE_FILE_MISSING",
    ],
    [
      "a registration of another form",
      { files: document("registration/registration.json", { version: 2 }) },
      "registration",
      "REGISTRATION_MALFORMED",
    ],
    ["another basis", { basis: utf8ToBytes("another basis") }, "registration", "REGISTRATION_BASIS"],
    ["no basis", { basis: null }, "registration", "REGISTRATION_BASIS"],
    [
      "a basis that was never registered",
      { registration: { readout: { refusal: "none" } } },
      "registration",
      "REGISTRATION_BASIS",
    ],
    ["another signing key", { seed: new Uint8Array(32).fill(8) }, "signature", "SIGNATURE_OTHER_KEY"],
    [
      "an observation changed after sealing",
      { files: document("observation/observation.json", { notes: ["late"] }) },
      "observation",
      "OBSERVATION_SEAL",
    ],
    [
      "another seal",
      { files: document("observation/seal.json", { observation: OTHER }) },
      "observation",
      "OBSERVATION_SEAL",
    ],
    [
      "a seal without the transcript",
      { files: document("observation/seal.json", { transcript: null }) },
      "observation",
      "OBSERVATION_SEAL",
    ],
    [
      "a malformed seal",
      { files: document("observation/seal.json", { version: 9 }) },
      "observation",
      "OBSERVATION_SEAL",
    ],
    [
      "a malformed observation",
      { observation: { access: "guess" as "labels" } },
      "observation",
      "OBSERVATION_MALFORMED",
    ],
    [
      "an observation under another registration",
      { observation: { registration: OTHER } },
      "observation",
      "OBSERVATION_OTHER_REGISTRATION",
    ],
    [
      "a changed residual",
      { files: replaced("observation/look-6-log-ratio-raw.i16", Uint8Array.of(1, 2)) },
      "observation",
      "OBSERVATION_FILE_CHANGED",
    ],
    [
      "a missing residual",
      { files: replaced("observation/look-6-log-ratio-raw.i16", null) },
      "observation",
      "OBSERVATION_FILE_MISSING",
    ],
    [
      "a residual slipped in",
      { files: replaced("observation/residual-2.i16", Uint8Array.of(1, 2)) },
      "observation",
      "OBSERVATION_FILE_UNLISTED",
    ],
    ["no transcript", { files: replaced(TRANSCRIPT, null) }, "transcript", "TRANSCRIPT_MISSING"],
    [
      "a shorter transcript",
      { files: replaced(TRANSCRIPT, chainBytes("transcript", lines.slice(0, -2))) },
      "transcript",
      "TRANSCRIPT_ENTRIES",
    ],
    [
      "another transcript of the same length",
      {
        files: replaced(
          TRANSCRIPT,
          chainBytes(
            "transcript",
            lines.map((line) => (line.type === "note" ? { ...line, body: { kind: "x", body: 1 } } : line)),
          ),
        ),
      },
      "transcript",
      "TRANSCRIPT_ROOT",
    ],
    [
      "a torn transcript",
      { files: replaced(TRANSCRIPT, chainBytes("transcript", lines).slice(0, -1)) },
      "transcript",
      "CHAIN_TORN",
    ],
    [
      "a transcript replayed from another registration",
      { transcript: () => sampleTranscript(OTHER) },
      "transcript",
      "TRANSCRIPT_OTHER_REGISTRATION",
    ],
    [
      "an exchange without an end",
      { transcript: (commitment) => sampleTranscript(commitment).slice(0, -1) },
      "transcript",
      "TRANSCRIPT_UNSETTLED",
    ],
    [
      "an unknown transcript",
      { observation: OF_A_FILE, files: sealedWithout },
      "transcript",
      "TRANSCRIPT_UNEXPECTED",
    ],
    ["no conclusion", { files: replaced("conclusion.json", null) }, "conclusion", "BUNDLE_FILE_MISSING"],
    [
      "a malformed conclusion",
      { conclusion: { verdict: "stolen" as "match" } },
      "conclusion",
      "CONCLUSION_MALFORMED",
    ],
    [
      "a conclusion under another registration",
      { conclusion: { registration: OTHER } },
      "conclusion",
      "CONCLUSION_OTHER_REGISTRATION",
    ],
    [
      "a conclusion from another observation",
      { conclusion: { observation: OTHER } },
      "conclusion",
      "CONCLUSION_OTHER_OBSERVATION",
    ],
    [
      "no chain",
      { files: replaced("registration/chain.jsonl", null) },
      "registration chain",
      "REGISTRATION_CHAIN",
    ],
    [
      "the chain of another registration",
      {
        registrationChain: (_, seal) =>
          chainBytes("registration", [
            { type: "registration", body: { commitment: OTHER } },
            { type: "observation", body: { seal } },
          ]),
      },
      "registration chain",
      "REGISTRATION_CHAIN",
    ],
    [
      "an observation that was not counted",
      {
        registrationChain: (commitment) =>
          chainBytes("registration", [{ type: "registration", body: { commitment } }]),
      },
      "registration chain",
      "CONCLUSION_UNCOUNTED",
    ],
    [
      "an observation counted as an earlier one",
      { conclusion: { position: 2 } },
      "registration chain",
      "CONCLUSION_UNCOUNTED",
    ],
    [
      "a chain of another kind",
      {
        registrationChain: (commitment) =>
          chainBytes("marks", [{ type: "registration", body: { commitment } }]),
      },
      "registration chain",
      "CHAIN_BROKEN_LINK",
    ],
    ["a broken chain of marks", { marks: utf8ToBytes("{}\n") }, "marks", "CHAIN_LINE_MALFORMED"],
  ];

  it.each(cases)("names %s", (_, changes, name, code) => {
    const report = verifyBundle(makeSample(changes).bundle);
    expect(report.verified).toBe(false);
    expect(failures(report)).toContainEqual([name, code]);
  });

  it("checks nothing that rests on what failed", () => {
    const report = verifyBundle(makeSample({ observation: { registration: OTHER } }).bundle);
    expect(failures(report)).toEqual([["observation", "OBSERVATION_OTHER_REGISTRATION"]]);
    expect(statuses(report)).toMatchObject({
      transcript: "not checked",
      conclusion: "not checked",
      signature: "passed",
    });
    expect(report.checks.find((check) => check.name === "conclusion")?.detail).toBe(
      "needs observation and plan and observer",
    );
  });

  it("names a disclosure that does not fit", () => {
    const disclose = (disclosure: Uint8Array): unknown =>
      failures(verifyBundle(SAMPLE.bundle, { disclosure }));
    expect(disclose(makeDisclosure(SAMPLE.commitment, SAMPLE_SUB_KEYS, 1))).toEqual([
      ["disclosure", "DISCLOSURE_OTHER_SUB_KEY"],
    ]);
    expect(disclose(makeDisclosure(OTHER, SAMPLE_SUB_KEYS, 0))).toEqual([
      ["disclosure", "DISCLOSURE_OTHER_REGISTRATION"],
    ]);
    const ground = makeDisclosure(
      SAMPLE.commitment,
      [new Uint8Array(32).fill(99), ...SAMPLE_SUB_KEYS.slice(1)],
      0,
    );
    expect(disclose(ground)).toEqual([["disclosure", "SUB_KEY_UNPROVEN"]]);
    expect(disclose(utf8ToBytes("{}"))).toEqual([["disclosure", "DISCLOSURE_MALFORMED"]]);
  });

  it("reads a registration that names the signer it was signed by", () => {
    const seed = new Uint8Array(32).fill(8);
    const signer = bytesToHex(publicKey(seed));
    expect(failures(verifyBundle(makeSample({ seed, registration: { signer } }).bundle))).toEqual([]);
  });
});

/** The seal made to fit an observation without a transcript, which is in the bundle all the same. */
function sealedWithout(files: Map<string, Uint8Array>): void {
  const { seal } = makeSample({ observation: OF_A_FILE });
  files.set("observation/seal.json", sealBytes({ observation: seal, transcript: null }));
}

describe("verification of what anybody changed", () => {
  it("never throws and never verifies, whichever byte was changed", () => {
    const { bundle } = SAMPLE;
    const step = 7;
    for (let at = 0; at < bundle.length; at += step) {
      const bytes = bundle.slice();
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      const report = verifyBundle(bytes, { sha256: nativeSha256 });
      expect(report.verified).toBe(false);
      expect(failures(report)[0]?.[1]).not.toBe("EVIDENCE_UNREADABLE");
    }
  });

  it.each([new Uint8Array(0), utf8ToBytes("PK"), new Uint8Array(100_000)])(
    "reports bytes that are no bundle (%#)",
    (bytes) => {
      const report = verifyBundle(bytes);
      expect(report.verified).toBe(false);
      expect(report.checks.map(({ status }) => status)).toEqual([
        "failed",
        ...report.checks.slice(1).map(() => "not checked"),
      ]);
      expect(Object.values(report.contents).every((each) => each === null)).toBe(true);
    },
  );
});
