import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { canonicalBytes } from "@indicia/evidence/canonical";
import type { ShadowManifest } from "@indicia/evidence/shadow-manifest";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readRegistration, writeRegistration } from "./registration-folder.js";
import { readRegisteredShadows, readShadowFolder, tryShadows } from "./shadow-folder.js";
import { type Claim, claimOf, digest, drawnRows } from "./test-support/claim.js";

let claim: Claim;
let folder: string;
beforeAll(async () => {
  claim = await claimOf({ shadows: 2 });
});
afterAll(() => rmSync(claim.folder, { recursive: true }));
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-shadows-"));
  return () => rmSync(folder, { recursive: true });
});

const reference = (): string => claim.registration.file.reference.sha256;

function written(models: readonly Uint8Array[], change: Partial<ShadowManifest> = {}): void {
  for (const [i, bytes] of models.entries()) writeFileSync(path.join(folder, `shadow-${i + 1}.onnx`), bytes);
  const manifest: ShadowManifest = {
    version: 1,
    kind: "indicia shadows",
    reference: reference(),
    inputs: { rows: 600, sha256: "11".repeat(32), random: true },
    models: models.map((bytes, i) => ({
      file: `shadow-${i + 1}.onnx`,
      sha256: digest(bytes),
      architecture: "dense 24",
      seed: i + 1,
      epochs: 3,
      agreement: 0.9,
    })),
    ...change,
  };
  writeFileSync(path.join(folder, "shadows.json"), canonicalBytes(manifest));
}

function leadingElsewhere(): void {
  written(claim.shadows);
  const [first, second] = claim.registration.file.shadows;
  const entry = { architecture: "", seed: 0, epochs: 0, agreement: 0 };
  written(claim.shadows, {
    models: [
      { ...entry, file: "shadow-1.onnx", sha256: first ?? "" },
      { ...entry, file: "../shadow-2.onnx", sha256: second ?? "" },
    ],
  });
}

describe("a folder of shadow models", () => {
  it("is read, and each model runs on the calibration rows", async () => {
    written(claim.shadows);
    const shadows = await readShadowFolder(folder, reference());
    expect(shadows.map(({ sha256 }) => sha256)).toEqual(claim.registration.file.shadows);
    await tryShadows(shadows, claim.registration, claim.pool);
  });

  it.each([
    ["of another reference", () => written(claim.shadows, { reference: "22".repeat(32) })],
    [
      "with a model that was changed",
      () => {
        written(claim.shadows);
        writeFileSync(path.join(folder, "shadow-2.onnx"), claim.shadows[0] ?? "");
      },
    ],
    [
      "with the same model twice",
      () => written([claim.shadows[0], claim.shadows[0]].flatMap((x) => x ?? [])),
    ],
    ["of one model", () => written(claim.shadows.slice(0, 1))],
    ["without its list", () => undefined],
    ["with a list that is no JSON", () => writeFileSync(path.join(folder, "shadows.json"), "{")],
    ["with a list that leads elsewhere", () => leadingElsewhere()],
  ])("%s is refused", async (_, make) => {
    make();
    await expect(readShadowFolder(folder, reference())).rejects.toMatchObject({ code: "SHADOWS_INVALID" });
  });

  it("with a model of other classes is refused when it is tried", async () => {
    const other = tinyClassifier({ classes: 5, link: "none" }).bytes;
    written([claim.shadows[0] ?? other, other]);
    const shadows = await readShadowFolder(folder, reference());
    await expect(tryShadows(shadows, claim.registration, claim.pool)).rejects.toMatchObject({
      code: "SHADOWS_INVALID",
      message: expect.stringContaining("shadow model 2"),
    });
  });
});

describe("registered shadow models", () => {
  it("are kept in the registration, and held against their hashes when they are used", async () => {
    const registered = path.join(folder, "registration");
    const files = await writeRegistration(registered, {
      registration: claim.registration,
      calibration: drawnRows("calibration"),
      pool: claim.pool,
      shadows: claim.shadows.map((bytes) => ({ bytes, sha256: digest(bytes) })),
      payload: null,
      format: { encode: () => new Uint8Array(1), decode: () => ({}), fingerprint: () => "" },
      clock: () => new Date(0),
    });
    expect(files).toEqual(expect.arrayContaining(["shadows/shadow-1.onnx", "shadows/shadow-2.onnx"]));
    const registration = await readRegistration(registered);
    expect(registration.file.parameters).toMatchObject({ shaping: "shaping/2", probes: "probes/2" });
    const models = await readRegisteredShadows(registered, registration);
    expect(models.map(digest)).toEqual(claim.registration.file.shadows);

    writeFileSync(path.join(registered, "shadows", "shadow-2.onnx"), "other");
    await expect(readRegisteredShadows(registered, registration)).rejects.toMatchObject({
      code: "REGISTRATION_INVALID",
      message: expect.stringContaining("shadow-2.onnx"),
    });
  });
});
