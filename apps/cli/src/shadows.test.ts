import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readBundle } from "@indicia/evidence/bundle";
import { canonicalBytes } from "@indicia/evidence/canonical";
import { tinyClassifier, type TinyOptions } from "@indicia/testkit/tiny-classifier";
import { tinyStudent } from "@indicia/testkit/tiny-student";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "./demo/programs.js";
import { gateways } from "./test-support/gateways.js";
import { call, done, json } from "./test-support/in-process.js";
import { tinyOwner } from "./test-support/tiny-owner.js";

const MODEL: TinyOptions = { features: 32, classes: 8 };
const ASTRAY = { common: 0.25, own: 0.1 };

const owner = await tinyOwner(MODEL);
const { at, key } = owner;
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
const { served, stop } = gateways();
const claim = [...owner.registration, "--reference", owner.file];

beforeAll(async () => {
  const reference = owner.model.bytes;
  makeShadows("shadows", sha256(reference));
  const data = ["--calibration", "random:700", "--shadows", at("shadows")];
  await done("register", owner.file, ...key, "--out", at("registration"), ...data);
  const strength = ["--weights", "off", "--readout", "0.3", "--label-budget", "0.1"];
  const marking = [...owner.registration, ...key, "--out", at("released.onnx"), ...strength];
  await done("mark", owner.file, ...marking);
  writeFileSync(at("thief.onnx"), tinyStudent(readFileSync(at("released.onnx")), { seed: 77, ...ASTRAY }));
  writeFileSync(at("honest.onnx"), tinyStudent(reference, { seed: 78, ...ASTRAY }));
});
afterAll(async () => {
  await stop();
  owner.remove();
});

/** What `indicia shadows` makes. */
function makeShadows(name: string, reference: string, agreement = 0.8): void {
  mkdirSync(at(name));
  const models = [1, 2, 3].map((seed) => {
    const bytes = tinyStudent(tinyClassifier({ ...MODEL, link: "none" }).bytes, { seed, ...ASTRAY });
    const file = `shadow-${seed}.onnx`;
    writeFileSync(path.join(at(name), file), bytes);
    return { file, sha256: sha256(bytes), architecture: "dense", seed, epochs: 1, agreement };
  });
  const inputs = { rows: 700, sha256: "11".repeat(32), random: true };
  const manifest = { version: 1, kind: "indicia shadows", reference, inputs, models };
  writeFileSync(path.join(at(name), "shadows.json"), canonicalBytes(manifest));
}

interface Found extends Json {
  readonly probes?: { readonly rule: string };
  readonly log10PIdeal?: number;
}

const asking = ["--allow-private", "--rate", "1000", "--budget", "300", "--full"];

describe("registering shadow models", () => {
  it("copies them and names their hashes", () => {
    const registration = JSON.parse(readFileSync(path.join(at("registration"), "registration.json"), "utf8"));
    const hashes = [1, 2, 3].map((i) =>
      sha256(readFileSync(path.join(at("registration"), "shadows", `shadow-${i}.onnx`))),
    );
    expect(registration.shadows).toEqual(hashes);
  });

  it("refuses students of another model", async () => {
    makeShadows("foreign", "22".repeat(32));
    const line = ["register", owner.file, ...key, "--out", at("other"), "--shadows", at("foreign")];
    const { exitCode, stderr } = await call(...line, "--quiet");
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(/^SHADOWS_INVALID: /)]);
  });

  it("warns of shadows that seldom give the reference's label", async () => {
    makeShadows("poor", sha256(readFileSync(owner.file)), 0.26);
    const data = ["--calibration", "random:64", "--shadows", at("poor"), "--out", at("poorly")];
    const { exitCode, stderr } = await call("register", owner.file, ...key, ...data);
    expect([exitCode, stderr]).toEqual([0, expect.stringMatching(/help little .*shadow-3\.onnx 26\.0 %/)]);
  });
});

describe("examining with shadow models", () => {
  it("catches a student behind an endpoint, and the evidence verifies", async () => {
    const url = await served(at("thief.onnx"));
    const evidence = at("evidence.zip");
    const student = ["--probes", "shadows"];
    const report = await json("examine", url, ...claim, ...key, ...asking, ...student, "--out", evidence);
    expect(report.verdict).toBe("match");
    expect(report.controls).toMatchObject({ shadows: "inconclusive", reference: "inconclusive" });
    expect(report.witnesses?.[0]).toMatchObject({ statistic: expect.stringMatching(/^shadow-/) });

    const verified = await json("evidence", "verify", evidence);
    expect(verified.verified).toBe(true);
    for (const name of ["answers", "residuals"])
      expect(verified.checks).toContainEqual(expect.objectContaining({ name, status: "passed" }));
    expect(verified.checks).toContainEqual(
      expect.objectContaining({ name: "models", status: "not checked" }),
    );
    const measured = await json("evidence", "verify", evidence, ...claim);
    const detail = expect.stringMatching(/ requests hold the probes that they name$/);
    expect(measured.checks).toContainEqual(
      expect.objectContaining({ name: "models", status: "passed", detail }),
    );
    const { files } = readBundle(readFileSync(evidence));
    expect(files.has("observation/shadows.f64")).toBe(true);
    expect([...files.keys()].some((name) => name.startsWith("registration/shadows"))).toBe(false);
  });

  it("chooses the probes by what the first labels say, or as it is told", async () => {
    const rule = async (file: string, ...more: string[]): Promise<string | undefined> => {
      const out = ["--out", at(`observation of ${file} ${more.join("")}`)];
      const few = ["--allow-private", "--rate", "1000", "--budget", "100"];
      return (
        await json<Found>("observe", await served(at(file), "labels"), ...claim, ...few, ...more, ...out)
      ).probes?.rule;
    };
    expect(await rule("thief.onnx", "--probes", "shadows")).toBe("most-spread");
    expect(await rule("released.onnx")).toBe("boundary");
    expect(await rule("released.onnx", "--probes", "uncertain")).toBe("most-uncertain");
  });

  it("leaves a student of the unmarked model alone", async () => {
    const report = await json("examine", await served(at("honest.onnx")), ...claim, ...key, ...asking);
    expect(report.verdict).toBe("inconclusive");
  });

  it("needs no shadow for an open file, and says that none was run", async () => {
    const evidence = at("file.zip");
    const report = await json("examine", at("released.onnx"), ...claim, ...key, "--out", evidence);
    expect(report).toMatchObject({ verdict: "match", controls: { shadows: "not run" } });
    expect((await json("evidence", "verify", evidence)).verified).toBe(true);
  });

  it("refuses to go on with other probes than it was begun with", async () => {
    const url = await served(at("released.onnx"));
    const begun = at("begun");
    const few = ["--allow-private", "--rate", "1000"];
    await done("observe", url, ...claim, ...few, "--budget", "60", "--out", begun);
    rmSync(path.join(begun, "seal.json"));
    const { stderr } = await call("observe", url, ...claim, ...few, "--probes", "shadows", "--resume", begun);
    expect(stderr).toMatch(/^FOLDER_INVALID: .*choice of probes/m);
  });

  it("says so where a registered shadow is gone", async () => {
    const [registration = "", , ...reference] = claim;
    const copy = at("damaged");
    mkdirSync(copy);
    for (const name of ["registration.json", "basis.f64", "calibration.npz", "pool.npz", "chain.jsonl"])
      writeFileSync(path.join(copy, name), readFileSync(path.join(at("registration"), name)));
    const url = await served(at("thief.onnx"));
    const out = ["--allow-private", "--out", at("nothing"), "--quiet"];
    const { stderr } = await call("observe", url, registration, copy, ...reference, ...out);
    expect(stderr).toMatch(/^REGISTRATION_INVALID: .*shadow-1\.onnx/);
  });
});
