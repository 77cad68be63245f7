import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import { makeExcerpt } from "./excerpt.js";
import { excerptTexts } from "./published-file.js";
import { longTranscript } from "./test-support/long-transcript.js";
import { makeSample } from "./test-support/sample-bundle.js";
import { readZip } from "./zip-read.js";

const home = mkdtempSync(path.join(tmpdir(), "indicia-excerpt-"));
afterAll(() => rmSync(home, { recursive: true }));

/** What the excerpt's own script says of itself, in a process without anything of ours. */
async function said(change: (line: string) => string): Promise<string> {
  const bundle = readBundle(makeSample({ format: 2, transcript: longTranscript }).bundle);
  const { bytes } = makeExcerpt(bundle, { exchanges: [3, 10], texts: await excerptTexts() });
  for (const { name, packed } of readZip(bytes)) {
    mkdirSync(path.dirname(path.join(home, name)), { recursive: true });
    const lines = name.endsWith(".jsonl") ? change(new TextDecoder().decode(packed)) : packed;
    writeFileSync(path.join(home, name), lines);
  }
  const { stdout } = await promisify(execFile)(process.execPath, ["check-excerpt.mjs"], { cwd: home });
  return stdout;
}

it("is checked by its own seventy lines of JavaScript", async () => {
  const stdout = await said((lines) => lines);
  for (const line of [0, 5, 6, 19, 20])
    expect(stdout).toContain(`This holds: line ${line} of 21 is in the sealed transcript`);
  expect(stdout).toContain("16 of 21 lines are withheld");
  await expect(said((lines) => lines.replace('"status":200', '"status":404'))).rejects.toThrow(
    "This does not hold: line 6 of 21 is in the sealed transcript",
  );
});
