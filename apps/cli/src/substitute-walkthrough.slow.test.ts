import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { pasteReadme } from "./test-support/paste-readme.js";

it("a substitute that was trained on answers is found by the commands of the README as they stand there", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "indicia-substitute-"));
  try {
    const { stderr } = await pasteReadme("## A substitute trained on your answers", folder);
    expect(stderr).toMatch(/^Verdict: match/m);
    expect(stderr).toMatch(/^Strongest witness: readout, shadow-score/m);
    expect(stderr).toMatch(/^Controls: reference inconclusive, shadows inconclusive/m);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 600_000);
