import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { sharedMissing } from "@indicia/testkit/shared-path";
import { describe, expect, it } from "vitest";
import type { Job } from "./queue.js";
import { cacheFolder, openStore } from "./store.js";
import { openWorkers } from "./workers.js";

const JOB: Job = {
  id: "tiny",
  name: "tiny",
  recipe: {
    kind: "trained",
    architecture: "mlp",
    seed: "1",
    rows: { set: "mnist-test", from: 0, to: 128 },
    epochs: 1,
  },
  needs: {},
};

describe.skipIf(sharedMissing)("workers", () => {
  it("train into the cache, and report what fails", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "indicia-workers-"));
    const before = process.env["INDICIA_CACHE"];
    process.env["INDICIA_CACHE"] = folder;
    const workers = openWorkers(1);
    try {
      const bad: Job = { ...JOB, id: "bad", recipe: { kind: "registration", key: 1, ...ROWS, code: "" } };
      await expect(workers.make(bad)).rejects.toMatchObject({ code: "ARTEFACT_FAILED" });
      await workers.make(JOB);
      expect(await openStore(cacheFolder()).content("tiny")).not.toBeNull();
      expect(await openStore(cacheFolder()).content("bad")).toBeNull();
    } finally {
      workers.close();
      if (before === undefined) delete process.env["INDICIA_CACHE"];
      else process.env["INDICIA_CACHE"] = before;
      await rm(folder, { recursive: true, force: true });
    }
  });
});

const ROWS = {
  calibration: { set: "mnist-test", from: 0, to: 10 },
  pool: { set: "mnist-test", from: 10, to: 20 },
} as const;
