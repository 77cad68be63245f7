import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import { makeExcerpt } from "./excerpt.js";
import { excerptTexts } from "./published-file.js";
import { longTranscript } from "./test-support/long-transcript.js";
import { makeAnchoredSample } from "./test-support/sample-anchor.js";

const run = promisify(execFile);
const home = mkdtempSync(path.join(tmpdir(), "indicia-excerpt-"));
const at = (name: string): string => path.join(home, "excerpt", name);

beforeAll(async () => {
  const { bundle } = await makeAnchoredSample({ format: 2, transcript: longTranscript });
  const { bytes } = makeExcerpt(readBundle(bundle), { exchanges: [2, 5], texts: await excerptTexts() });
  writeFileSync(path.join(home, "excerpt.zip"), bytes);
  await run("unzip", ["-q", path.join(home, "excerpt.zip"), "-d", path.join(home, "excerpt")]);
  const blocks = readFileSync(at("EXCERPT.md"), "utf8").matchAll(/^```sh\n(.*?)^```$/gms);
  writeFileSync(path.join(home, "check.sh"), [...blocks].map(([, commands]) => commands).join("\n"));
});
afterAll(() => rmSync(home, { recursive: true }));

const checked = () => run("bash", ["-e", "-o", "pipefail", path.join(home, "check.sh")], { cwd: at("") });

describe("an excerpt, with programs that are not ours", () => {
  it("is checked by the commands of its own EXCERPT.md", async () => {
    const { stdout, stderr } = await checked();
    expect(
      `${stdout}${stderr}`.match(/Signature Verified Successfully|Verified OK|Verification: OK/g),
    ).toHaveLength(3);
    expect(stdout).toContain("This holds: line 9 of 21 is in the sealed transcript");
    expect(stdout).toContain("16 of 21 lines are withheld; of them this shows nothing.");
  });

  it.each([
    ["observation/excerpt.jsonl", '"status":200', '"status":201'],
    ["observation/observation.json", '"asked":6', '"asked":7'],
    ["registration/registration.json", "Example Ltd", "Another Ltd"],
    ["keys/binding.json", '"signature":"', '"signature":"00'],
  ])("is refused by them where %s changed", async (name, from, to) => {
    const kept = readFileSync(at(name), "utf8");
    expect(kept).toContain(from);
    writeFileSync(at(name), kept.replace(from, to));
    await expect(checked()).rejects.toThrow("Command failed");
    writeFileSync(at(name), kept);
  });
});
