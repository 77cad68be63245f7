import { readFileSync } from "node:fs";
import path from "node:path";
import { readBundle } from "@indicia/evidence/bundle";
import { canonicalBytes, parseCanonical } from "@indicia/evidence/canonical";
import { readTranscript } from "@indicia/evidence/transcript";
import { replayedTranscript } from "@indicia/operations/replay-transcript";
import { describe, expect, it } from "vitest";
import { call } from "./test-support/in-process.js";

const EXAMPLES = path.join(import.meta.dirname, "../../../packages/evidence/examples");
const NAMES = [1, 2, 3, 4, 5, 6]
  .map((number) => `evidence-${number}.zip`)
  .concat([1, 2, 3].map((number) => `trace-${number}.zip`));

interface Report {
  readonly verified: boolean;
  readonly checks: readonly { readonly name: string; readonly status: string; readonly detail: string }[];
}

describe("evidence of before at the command line", () => {
  it.each(NAMES)("%s verifies, and says that its answers cannot be decoded again", async (name) => {
    const ran = await call("evidence", "verify", path.join(EXAMPLES, name), "--json");
    const { verified, checks } = JSON.parse(ran.stdout) as Report;
    expect(checks.filter(({ status }) => status === "failed")).toEqual([]);
    expect([ran.exitCode, verified]).toEqual([0, true]);
    expect(checks.find((each) => each.name === "answers")).toMatchObject({
      status: "not checked",
      detail: expect.stringContaining("of before records said how their answers are decoded") as string,
    });
  });

  it("is no way out for what is observed today: such a record without the note was stripped", () => {
    const bundle = readBundle(new Uint8Array(readFileSync(path.join(EXAMPLES, "evidence-6.zip"))));
    const transcript = readTranscript(
      bundle.files.get("observation/transcript.jsonl") ?? new Uint8Array(0),
      {},
    );
    const at = "observation/observation.json";
    const observation = parseCanonical(bundle.files.get(at) ?? new Uint8Array(0)) as Record<string, unknown>;
    const today = canonicalBytes({ ...observation, pricing: 2 });
    const files = new Map([...bundle.files, [at, today]]);
    expect(replayedTranscript(bundle, transcript).status).toBe("not checked");
    expect(replayedTranscript({ ...bundle, files }, transcript)).toMatchObject({
      status: "failed",
      code: "SUSPECT_PROTOCOL",
    });
  });
});
