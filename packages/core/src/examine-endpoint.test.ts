import { rmSync } from "node:fs";
import { innocentSuspect } from "@indicia/testkit/innocent";
import { fakeSuspect } from "@indicia/testkit/fake-suspect";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SealedObservation } from "./observation.js";
import { REPEATED_PROBE } from "./observe-learning.js";
import { registeredSeed } from "./registration-keys.js";
import type { BlackBoxSuspect } from "./suspect.js";
import {
  type Claim,
  claimOf,
  concluded,
  interruptedFirst,
  labelOf,
  memoryTranscript,
  observed,
  OWNER_KEY,
  servedSuspect,
} from "./test-support/claim.js";

let claim: Claim;
beforeAll(async () => {
  claim = await claimOf({ features: 48, classes: 12, readout: 0.3 });
});
afterAll(() => rmSync(claim.folder, { recursive: true }));

async function verdictOf(suspect: BlackBoxSuspect): Promise<ReturnType<typeof concluded>> {
  try {
    return concluded(claim, await observed(claim, suspect));
  } finally {
    await suspect.close();
  }
}

function rounded(values: Float64Array, decimals: number): Float64Array {
  return values.map((value) => Number(value.toFixed(decimals)));
}

describe("a stolen copy behind an endpoint", () => {
  it("is found by its probabilities", async () => {
    const conclusion = await verdictOf(await servedSuspect(claim.marked));
    expect(conclusion.verdict).toBe("match");
    expect(conclusion.log10PIdeal).toBeLessThan(-15);
    expect(conclusion.witnesses[0]?.access).toBe("probabilities");
    expect(conclusion.controls).toMatchObject({
      reference: "inconclusive",
      innocents: "inconclusive",
      falseClaim: "inconclusive",
    });
    expect(conclusion.standing).toBe("exploratory");
    expect(conclusion.standingReasons.length).toBeGreaterThan(0);
  });

  it("is found by rounded probabilities", async () => {
    const conclusion = await verdictOf(
      await servedSuspect(claim.marked, (values) => ({ kind: "vector", values: rounded(values, 2) })),
    );
    expect(conclusion.verdict).toBe("match");
    expect(conclusion.queries).toBeLessThanOrEqual(400);
  });

  it("is found by labels alone, on the reference's boundary", async () => {
    const suspect = await servedSuspect(claim.marked, labelOf);
    const observation = await observed(claim, suspect);
    await suspect.close();
    expect(observation.file.access).toBe("labels");
    expect(observation.file.probes?.rule).toBe("boundary");
    expect(concluded(claim, observation).verdict).toBe("match");
  });

  it("is found though every tenth answer is lost or NaN", async () => {
    const suspect = await servedSuspect(claim.marked, (values, probe) => {
      if (probe % 10 === 3) return { kind: "lost", reason: "busy" };
      return { kind: "vector", values: probe % 10 === 7 ? values.map(() => Number.NaN) : values };
    });
    const conclusion = await verdictOf(suspect);
    expect(conclusion.verdict).toBe("match");
    expect(conclusion.lostQueries).toBeGreaterThan(0);
  });
});

describe("what has nothing to do with the key", () => {
  it.each([
    ["full", (values: Float64Array) => ({ kind: "vector" as const, values })],
    ["two decimals", (values: Float64Array) => ({ kind: "vector" as const, values: rounded(values, 2) })],
    ["labels", labelOf],
  ])("the unmarked original is inconclusive, %s", async (_, show) => {
    const conclusion = await verdictOf(await servedSuspect(claim.reference, show));
    expect(conclusion.verdict).toBe("inconclusive");
    expect(conclusion.log10P).toBeGreaterThan(-4);
  });

  it("ten innocents are inconclusive under the real key", async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const conclusion = await verdictOf(innocentSuspect({ seed, classes: 12, features: 12 }));
      expect(conclusion.verdict).toBe("inconclusive");
    }
  });

  it("a stolen copy is inconclusive under another key of the same registration", async () => {
    const suspect = await servedSuspect(claim.marked);
    const observation = await observed(claim, suspect);
    await suspect.close();
    const seed = registeredSeed(claim.registration, OWNER_KEY, 1);
    expect(concluded({ ...claim, seed }, observation).verdict).toBe("inconclusive");
  });

  it("a suspect that answers at random is inconclusive, and noted", async () => {
    let state = 1;
    const suspect = fakeSuspect(() => {
      state += 1;
      return { kind: "label", label: state % 12 };
    });
    const observation = await observed(claim, suspect);
    expect(observation.file.answers?.deterministic).toBe(false);
    expect(concluded(claim, observation).verdict).toBe("inconclusive");
  });
});

describe("observing", () => {
  it("gives the same seal for the same answers, whoever asks", async () => {
    const seals = [];
    for (let i = 0; i < 2; i++) {
      const suspect = await servedSuspect(claim.marked);
      seals.push((await observed(claim, suspect, { budget: 80 })).seal);
      await suspect.close();
    }
    expect(seals[0]).toBe(seals[1]);
  });

  it("asks within the budget, and no probe twice but the one that tests repeatability", async () => {
    const transcript = memoryTranscript();
    const suspect = await servedSuspect(claim.marked);
    await observed(claim, suspect, { budget: 100, transcript });
    await suspect.close();
    const asked = transcript.intents.flat();
    expect(asked.length).toBe(100);
    expect(new Set(asked).size).toBe(100);
    expect(transcript.notes[0]).toBe("decoding");
  });

  it("stops at a look that says so, and pays for it", async () => {
    const suspect = await servedSuspect(claim.marked);
    const seen: SealedObservation[] = [];
    const observation = await observed(claim, suspect, {
      onLook: async (sealed) => (seen.push(sealed) < 2 ? "continue" : "stop"),
    });
    await suspect.close();
    expect(observation.file.looks.map(({ probes }) => probes)).toEqual([64, 128]);
    expect(suspect.asked.length).toBeLessThan(150);
    const names = concluded(claim, observation).witnesses[0]?.corrections.map(({ name }) => name);
    expect(names).toContain("look");
  });

  it.each([
    [
      "another number of classes",
      () => ({ kind: "vector" as const, values: Float64Array.of(0.2, 0.8) }),
      "ANSWERS_UNUSABLE",
    ],
    ["names instead of indices", () => ({ kind: "label" as const, label: "cat" }), "ANSWERS_UNUSABLE"],
    ["nothing at all", () => ({ kind: "lost" as const, reason: "down" }), "NOTHING_OBSERVED"],
  ])("refuses a suspect that answers %s", async (_, answer, code) => {
    await expect(observed(claim, fakeSuspect(answer))).rejects.toMatchObject({ code });
  });

  it("learns from other probes where an interruption lost the first ones", async () => {
    const transcript = memoryTranscript();
    const suspect = await servedSuspect(claim.marked);
    const observation = await observed(claim, interruptedFirst(suspect, 2), { transcript });
    await suspect.close();
    const asked = transcript.intents.flat();
    expect(new Set(asked).size).toBe(asked.length);
    expect(asked.indexOf(REPEATED_PROBE)).toBe(48);
    expect(observation.file).toMatchObject({ answers: { deterministic: true }, probes: { lost: 32 } });
    expect(concluded(claim, observation).verdict).toBe("match");
  });

  it("gives up where every probe of its budget was interrupted", async () => {
    const suspect = await servedSuspect(claim.marked);
    const observing = observed(claim, interruptedFirst(suspect, 9), { budget: 40 });
    await expect(observing).rejects.toMatchObject({ code: "NOTHING_OBSERVED", hint: /larger budget/ });
    await suspect.close();
  });

  it("calls no suspect random for an answer that was lost", async () => {
    const suspect = await servedSuspect(claim.marked, (values, probe) =>
      probe === 15 ? { kind: "lost", reason: "down" } : { kind: "vector", values },
    );
    const observation = await observed(claim, suspect);
    await suspect.close();
    expect(observation.file.answers?.deterministic).toBe(true);
  });

  it("refuses to conclude under another registration", async () => {
    const suspect = await servedSuspect(claim.marked);
    const observation = await observed(claim, suspect, { budget: 80 });
    await suspect.close();
    const foreign = { ...claim, registration: { ...claim.registration, commitment: "ab".repeat(32) } };
    expect(() => concluded(foreign, observation)).toThrow(
      expect.objectContaining({ code: "WRONG_REGISTRATION" }),
    );
  });

  it("refuses a key that the registration does not know", () => {
    expect(() => registeredSeed(claim.registration, new Uint8Array(32), 0)).toThrow(
      expect.objectContaining({ code: "WRONG_KEY" }),
    );
  });
});
