import { describe, expect, it } from "vitest";
import { readBundle } from "../bundle.js";
import { readChain } from "../chain.js";
import { chainBytes } from "../test-support/sample-chain.js";
import { makeSample, type SampleChanges } from "../test-support/sample-bundle.js";
import { SAMPLE_SUSPECT, SAMPLE_TIME } from "../test-support/sample-facts.js";
import { verifyBundle } from "../verify.js";

/** The readable files of a sample, which verifies. */
function written(changes: SampleChanges = {}): { html: string; declaration: string; custody: string[] } {
  const { bundle } = makeSample({ format: 2, ...changes });
  const { files } = readBundle(bundle);
  const text = (name: string): string => new TextDecoder().decode(files.get(name));
  const { lines } = readChain(files.get("custody.jsonl") ?? new Uint8Array(0), { kind: "custody" });
  return {
    html: text("report.html"),
    declaration: text("declaration.txt"),
    custody: lines.map(({ body }) => (body as { readonly what: string }).what),
  };
}

/** A chain that counts this observation, or another one, at an early look. */
const lookedEarly =
  (suspect: object) =>
  (commitment: string, seal: string): Uint8Array =>
    chainBytes("registration", [
      { type: "registration", body: { commitment } },
      { type: "opened", body: { suspect, started: SAMPLE_TIME } },
      { type: "observation", body: { seal, suspect: SAMPLE_SUSPECT, started: SAMPLE_TIME } },
    ]);

describe("a report says when the key was opened", () => {
  it("once, where there was no early look", () => {
    const { html, custody } = written();
    expect(html).toContain("<dt>Key opened</dt>");
    expect(html).toContain("sealed by a hash before the key was opened.");
    expect(custody).toContain("observation finished and sealed, without any key");
    expect(html).not.toContain("first tried");
  });

  it("first at an early look, where there was one", () => {
    const changes = { registrationChain: lookedEarly(SAMPLE_SUSPECT) };
    expect(verifyBundle(makeSample({ format: 2, ...changes }).bundle).verified).toBe(true);
    const { html, custody } = written(changes);
    expect(html).toContain("<dt>Key first tried</dt><dd>2025-03-01 12:00:00 UTC, at an early look");
    expect(html).toContain("for the first time at 2025-03-01 12:00:00 UTC");
    expect(html).not.toContain("before the key was opened");
    expect(html).not.toContain("without any key");
    expect(custody.join("\n")).toMatch(/this observation counted and the key first tried, at an early look/);
    expect(custody).toContain("sub-key 0 opened on the sealed observation as a whole, after its early looks");
  });

  it("without a word of early looks of its own, where another observation had one", () => {
    const { html, custody } = written({
      registrationChain: lookedEarly({ ...SAMPLE_SUSPECT, target: "http://other.example" }),
    });
    expect(html).toContain("<dt>Key opened</dt>");
    expect(custody).toContain("another observation counted and the key tried at an early look of it");
  });
});

describe("a report explains", () => {
  const { html, declaration } = written();

  it("both times of a registration", () => {
    expect(html).toContain("<dt>Registration made</dt>");
    expect(html).toContain("<dt>Entered in its chain</dt>");
  });

  it("how probes and rows add up", () => {
    expect(html).toContain("<dt>Probes</dt><dd>6, 1 without an answer");
    expect(html).toContain("<dt>Rows asked</dt><dd>6, the probes alone");
  });

  it("what the innocent models are, with their seeds", () => {
    const { commitment } = makeSample();
    for (const seed of ["stranger", "noise/1", "noise/2"])
      expect(html).toContain(`indicia/1/control/${seed}/${commitment}`);
    expect(html).toMatch(/control-noised-1-[\w.-]+\.i16, SHA-256 [0-9a-f]{64}/);
  });

  it("in its declaration who had the key and who had not", () => {
    expect(declaration).toContain("[  ] I had no access to the owner's key");
    expect(declaration).toContain("[  ] I had the owner's key while I observed.");
  });

  it("a residual that is zero as nothing to test", () => {
    const controls = {
      decoyKeys: 200,
      decoyMeanT: 0,
      decoySdT: 0,
      decoyMaxT: 0,
      reference: "inconclusive",
      shadows: "none registered",
      innocents: "inconclusive",
      falseClaim: "inconclusive",
    } as const;
    const silent = written({ conclusion: { controls } });
    expect(silent.html).toContain("nothing to test: the suspect shows no difference");
    expect(silent.html).not.toContain("spread 0.000");
    expect(html).not.toContain("nothing to test");
  });
});

describe("a report says beside the result", () => {
  it("how its key is named, and that other registrations are not counted", () => {
    const { html } = written();
    expect(html).toMatch(/named by the first 16 digits of the Merkle root of its sub-keys, [0-9a-f]{64}\./);
    expect(html).toContain("Other registrations under this key, where there are any, are not counted here.");
  });

  it("what secret attempts would make of a match that no public randomness salted", () => {
    const found = { verdict: "match", log10PIdeal: -15.3, log10PGround: -5.3 } as const;
    expect(written({ conclusion: found }).html).toContain(
      "the bound would be p &lt;= 10^-5.3 in place of 10^-15.3",
    );
    const salted = { ...found, log10PGround: -15.3 };
    expect(written({ conclusion: salted }).html).not.toContain("in secret beforehand");
  });

  it("that the suspect's file is a copy that was marked, where it is", () => {
    const sha256 = "cd".repeat(32);
    const observation = { suspect: { protocol: "onnx", target: "found.onnx", sha256 } };
    const marks = (copy: string): Uint8Array => chainBytes("marks", [{ type: "mark", body: { copy } }]);
    expect(written({ observation, marks: marks(sha256) }).html).toContain(
      "byte for byte the copy whose marking",
    );
    expect(written({ observation, marks: marks("ef".repeat(32)) }).html).not.toContain("byte for byte");
  });
});
