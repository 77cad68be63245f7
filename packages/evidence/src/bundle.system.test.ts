import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { readBundle } from "./bundle.js";
import { writeBundleFile } from "./bundle-file.js";
import { makeSample } from "./test-support/sample-bundle.js";

const run = promisify(execFile);

it("is tested and unpacked by unzip, and its hashes are those of sha256sum", async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "indicia-bundle-"));
  try {
    const { bundle } = makeSample();
    const file = path.join(folder, "evidence.zip");
    await writeBundleFile(file, bundle);
    const { stdout } = await run("unzip", ["-tq", file]);
    expect(stdout).toContain("No errors detected");
    await run("unzip", ["-q", file, "-d", path.join(folder, "out")]);
    for (const [name, { sha256, bytes }] of Object.entries(readBundle(bundle).manifest.files)) {
      const unpacked = path.join(folder, "out", name);
      const sum = await run("sha256sum", [unpacked]);
      expect(sum.stdout.split(" ")[0]).toBe(sha256);
      expect((await readFile(unpacked)).length).toBe(bytes);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
