import { appendFile, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { utf8ToBytes } from "@noble/hashes/utils.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sha256Hex } from "./canonical.js";
import { rejectionCode } from "./test-support/codes.js";
import { transcriptSeal } from "./test-support/sample-transcript.js";
import { INTERRUPTED, readTranscript, type Transcript } from "./transcript.js";
import {
  type IncomingAnswer,
  type OutgoingRequest,
  openTranscript,
  type TranscriptFile,
} from "./transcript-file.js";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "indicia-transcript-"));
  file = path.join(folder, "transcript.jsonl");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const REGISTRATION = "ab".repeat(32);
const TARGET = "https://user:pass@suspect.example/v2?api_key=SECRET";
const open = (): Promise<TranscriptFile> =>
  openTranscript(file, { registration: REGISTRATION, target: TARGET });
const onDisk = async (): Promise<Transcript> => readTranscript(new Uint8Array(await readFile(file)));

const request: OutgoingRequest = {
  method: "POST",
  url: "https://user:SECRET@suspect.example/infer?token=SECRET&n=1",
  headers: {
    Authorization: "Bearer SECRET",
    Cookie: "SECRET",
    "X-Api-Key": "SECRET",
    Accept: "application/json",
  },
  body: Uint8Array.of(0, 255, 10, 13),
  probes: [4, 2],
};
const answer: IncomingAnswer = {
  status: 200,
  headers: { "Content-Type": "application/json", "Set-Cookie": "id=SECRET" },
  body: utf8ToBytes('{"outputs":[]}'),
  address: "192.0.2.1",
  certificate: "cd".repeat(32),
};

describe("transcript on disk", () => {
  it("records what was asked and what came back", async () => {
    const transcript = await open();
    const intent = await transcript.intent(request);
    await transcript.answer(intent, answer);
    const second = await transcript.intent({ ...request, probes: [] });
    await transcript.lost(second, "timed out");
    await transcript.note("access", { access: "probabilities" });
    const seal = await transcript.finish();
    const { subject, exchanges, notes, entries, root } = await onDisk();
    expect({ entries, root }).toEqual(seal);
    expect(seal).toEqual(transcriptSeal(new Uint8Array(await readFile(file))));
    expect(subject).toEqual({
      registration: REGISTRATION,
      target: "https://redacted@suspect.example/v2?api_key=redacted",
    });
    expect(notes).toMatchObject([{ kind: "access", body: { access: "probabilities" } }]);
    expect(exchanges).toMatchObject([
      {
        intent,
        request: { method: "POST", body: request.body, sha256: sha256Hex(request.body), probes: [4, 2] },
        outcome: {
          kind: "answer",
          answer: {
            status: 200,
            body: answer.body,
            sha256: sha256Hex(answer.body),
            address: answer.address,
            certificate: answer.certificate,
          },
        },
      },
      { intent: second, outcome: { kind: "lost", reason: "timed out" } },
    ]);
  });

  it("keeps secrets of headers and URLs to itself", async () => {
    const transcript = await open();
    const intent = await transcript.intent(request);
    await transcript.answer(intent, answer);
    const second = await transcript.intent(request);
    await transcript.lost(second, "GET https://user:SECRET@suspect.example/ failed");
    await transcript.finish();
    const text = await readFile(file, "utf8");
    expect(text).not.toContain("SECRET");
    expect(text).not.toContain("user:pass");
    expect(text).toContain("application/json");
  });

  it("has the intent on disk before it may be sent", async () => {
    const transcript = await open();
    const intent = await transcript.intent(request);
    expect((await onDisk()).exchanges).toMatchObject([{ intent, outcome: { kind: "open" } }]);
    await transcript.close();
  });

  it("records as lost what was interrupted, and hands over what was found", async () => {
    const before = await open();
    const answered = await before.intent(request);
    await before.answer(answered, answer);
    const interrupted = await before.intent(request);
    await before.close();
    await appendFile(file, '{"body":{"half');
    const after = await open();
    expect(after.found.map(({ intent, outcome }) => [intent, outcome.kind])).toEqual([
      [answered, "answer"],
      [interrupted, "lost"],
    ]);
    expect(after.found[1]?.outcome).toMatchObject({ reason: INTERRUPTED });
    expect(await rejectionCode(after.answer(interrupted, answer))).toBe("TRANSCRIPT_SETTLED_TWICE");
    await after.finish();
    const { exchanges, recoveries } = await onDisk();
    expect(recoveries).toBe(1);
    expect(exchanges.map(({ outcome }) => outcome)).toEqual(after.found.map(({ outcome }) => outcome));
  });

  it("was begun when it was first opened, however often it goes on", async () => {
    const first = await openTranscript(file, {
      registration: REGISTRATION,
      target: TARGET,
      clock: () => new Date(0),
    });
    await first.close();
    const again = await open();
    expect([first.begun, again.begun]).toEqual([new Date(0).toISOString(), new Date(0).toISOString()]);
    await again.close();
  });

  it("leaves nothing open when finished, not even what was just being written", async () => {
    const transcript = await open();
    await transcript.intent(request);
    const underWay = transcript.intent(request);
    const seal = await transcript.finish();
    await underWay;
    const { exchanges, entries } = await onDisk();
    expect(entries).toBe(seal.entries);
    expect(exchanges.map(({ outcome }) => outcome.kind)).toEqual(["lost", "lost"]);
  });

  it("takes many exchanges at once", async () => {
    const transcript = await open();
    await Promise.all(
      Array.from({ length: 200 }, async (_, i) => {
        const intent = await transcript.intent({ ...request, probes: [i] });
        await (i % 10 === 0 ? transcript.lost(intent, "refused") : transcript.answer(intent, answer));
      }),
    );
    await transcript.finish();
    const { exchanges } = await onDisk();
    expect(exchanges).toHaveLength(200);
    for (const { request: asked, outcome } of exchanges) {
      expect(outcome.kind).toBe((asked.probes[0] ?? 0) % 10 === 0 ? "lost" : "answer");
    }
  });

  it("lets an exchange end once", async () => {
    const transcript = await open();
    const intent = await transcript.intent(request);
    const ends = [transcript.answer(intent, answer), transcript.lost(intent, "late")];
    expect(await Promise.all(ends.map((end) => rejectionCode(end)))).toEqual([
      "none",
      "TRANSCRIPT_SETTLED_TWICE",
    ]);
    expect(await rejectionCode(transcript.lost(intent + 7, "unknown"))).toBe("TRANSCRIPT_UNKNOWN_INTENT");
    await transcript.finish();
  });

  it("refuses what could not be read again, and stays usable", async () => {
    const transcript = await open();
    expect(await rejectionCode(transcript.intent({ ...request, probes: [-1] }))).toBe("TRANSCRIPT_MALFORMED");
    const intent = await transcript.intent(request);
    const tooLarge = { ...answer, body: new Uint8Array(64 * 2 ** 20 + 1) };
    expect(await rejectionCode(transcript.answer(intent, tooLarge))).toBe("TRANSCRIPT_BODY_TOO_LARGE");
    expect(await rejectionCode(transcript.answer(intent, { ...answer, certificate: "AB:CD" }))).toBe(
      "TRANSCRIPT_MALFORMED",
    );
    await transcript.lost(intent, `${"x".repeat(999)}\u{1f600} and more`);
    await transcript.finish();
    expect((await onDisk()).exchanges).toHaveLength(1);
  });

  it("belongs to one registration and one suspect", async () => {
    await (await open()).close();
    const otherRegistration = openTranscript(file, { registration: "00".repeat(32), target: TARGET });
    expect(await rejectionCode(otherRegistration)).toBe("TRANSCRIPT_OTHER_REGISTRATION");
    const otherTarget = openTranscript(file, { registration: REGISTRATION, target: "https://other.example" });
    expect(await rejectionCode(otherTarget)).toBe("TRANSCRIPT_OTHER_TARGET");
    await (await open()).close();
  });

  it("begins anew where not even its first line was finished", async () => {
    await appendFile(file, '{"body":');
    const transcript = await open();
    await transcript.finish();
    expect(await onDisk()).toMatchObject({
      subject: { registration: REGISTRATION },
      recoveries: 1,
      entries: 2,
    });
  });

  it("names a file as it is", async () => {
    const transcript = await openTranscript(file, { registration: null, target: "models/a#1.onnx" });
    await transcript.finish();
    expect((await onDisk()).subject).toEqual({ registration: null, target: "models/a#1.onnx" });
  });
});
