import { execFile } from "node:child_process";
import { createPublicKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import type { ConclusionFile } from "@indicia/evidence/conclusion-format";
import { pythonEnvironment } from "@indicia/testkit/python";
import { bundleFromJSON } from "@sigstore/bundle";
import { toSignedEntity, Verifier } from "@sigstore/verify";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "./demo/programs.js";
import { done } from "./test-support/in-process.js";
import { type Owner, registeredOwner } from "./test-support/owner.js";
import { discloseAndUnpack, followInstructions, recomputedLnP } from "./test-support/unpacked.js";

const run = promisify(execFile);
let owner: Owner;

/** A bundle about the marked copy, unpacked by unzip, with a disclosure that age has decrypted. */
beforeAll(async () => {
  owner = await registeredOwner({ mark: true });
  await done("examine", owner.at("released.onnx"), ...owner.claim, "--out", owner.at("evidence.zip"));
  await discloseAndUnpack(owner);
}, 240_000);
afterAll(() => owner.remove());

const file = (name: string): string => owner.at(`bundle/${name}`);
const json = (name: string): Json => JSON.parse(readFileSync(file(name), "utf8")) as Json;

describe("a bundle, with programs that are not ours", () => {
  it("is checked by the commands of its own VERIFY.md", async () => {
    const stdout = await followInstructions(owner);
    expect(stdout.match(/^holds: .* (was signed with|vouches for) /gm)).toHaveLength(3);
    expect(stdout).not.toContain("FAILS");
    expect(stdout.match(/^\w.*jsonl is unbroken$/gm)).toHaveLength(3);
    expect(stdout).toContain("holds: no file is missing and none was added\n");
    expect(stdout).toMatch(/^holds: keys\/ed25519\.pem is the registered key [0-9a-f]{64}$/m);
  });

  it("is refused by them where a byte of it changed", async () => {
    const statement = readFileSync(file("statement.json"));
    writeFileSync(file("statement.json"), statement.toString().replace('"match"', '"matcH"'));
    await expect(followInstructions(owner)).rejects.toThrow("Command failed");
    writeFileSync(file("statement.json"), statement);
  });

  it("gives the stated ln p to its own hundred lines of JavaScript", async () => {
    const lnP = await recomputedLnP(owner);
    const stated = Number(json("conclusion.json")["log10PIdeal"]) * Math.LN10;
    expect(stated).toBeLessThan(-100);
    expect(Math.abs(lnP - stated)).toBeLessThanOrEqual(1e-9 * Math.abs(stated));
  });

  it("has a report whose text holds verdict, claim and every limit", async () => {
    const { stdout } = await run("pdftotext", ["-raw", file("report.pdf"), "-"]);
    const text = stdout.replace(/\s+/g, " ");
    const conclusion = JSON.parse(readFileSync(file("conclusion.json"), "utf8")) as ConclusionFile;
    const { verdict, claim, limits } = conclusion;
    for (const said of [`Verdict: ${verdict}`, claim, "honest transcript", ...limits])
      expect(text).toContain(said);
    const { stdout: pages } = await run("pdfinfo", [file("report.pdf")]);
    expect(Number(/Pages:\s+(\d+)/.exec(pages)?.[1])).toBeGreaterThanOrEqual(4);
  });

  it("has a statement that sigstore-js verifies", () => {
    const publicKey = createPublicKey(readFileSync(file("keys/p256.pem")));
    const verifier = new Verifier(
      {
        certificateAuthorities: [],
        timestampAuthorities: [],
        tlogs: [],
        ctlogs: [],
        publicKey: () => ({ publicKey, validFor: () => true }),
      },
      { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 0 },
    );
    const bundle = JSON.parse(readFileSync(file("statement.sigstore.json"), "utf8")) as {
      readonly dsseEnvelope: { readonly payload: string };
    };
    const verify = (changed: object): unknown =>
      verifier.verify(toSignedEntity(bundleFromJSON({ ...bundle, ...changed })));
    expect(verify({})).toMatchObject({ key: expect.anything() });
    const envelope = bundle.dsseEnvelope;
    const payload = Buffer.from(envelope.payload, "base64").toString().replace("match", "matcH");
    const changed = { ...envelope, payload: Buffer.from(payload).toString("base64") };
    expect(() => verify({ dsseEnvelope: changed })).toThrow(/signature/i);
  });

  it("has parts that Python's model-signing, in-toto-attestation and CycloneDX validator accept", async () => {
    const python = await pythonEnvironment(PACKAGES);
    try {
      writeFileSync(owner.at("check.py"), CHECK);
      const args = [
        owner.at("released.onnx"),
        owner.at("released.onnx.sig"),
        file("keys/p256.pem"),
        file("statement.json"),
        file("mlbom.cdx.json"),
      ];
      expect(await python.run(owner.at("check.py"), ...args)).toMatch(/^urn:indicia:evidence:v1 \d+\n$/);
      writeFileSync(
        owner.at("released.onnx"),
        Buffer.concat([readFileSync(owner.at("released.onnx")), Buffer.of(0)]),
      );
      await expect(python.run(owner.at("check.py"), ...args)).rejects.toThrow("Signature mismatch");
    } finally {
      await python.remove();
    }
  });
});

const PACKAGES = [
  "model-signing==1.1.1",
  // model-signing imports it without asking for it.
  "pyOpenSSL==26.4.0",
  "in-toto-attestation==0.9.3",
  "cyclonedx-python-lib[json-validation]==11.12.0",
];
/** MODEL SIGNATURE KEY STATEMENT BOM */
const CHECK = `
import pathlib, sys
from google.protobuf import json_format
from in_toto_attestation.v1 import statement_pb2, statement
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
import model_signing
model, signature, key, path, bom = map(pathlib.Path, sys.argv[1:])
model_signing.verifying.Config().use_elliptic_key_verifier(public_key=key).verify(model, signature)
read = json_format.Parse(path.read_text(), statement_pb2.Statement())
statement.Statement.copy_from_pb(read).validate()
invalid = JsonStrictValidator(SchemaVersion.V1_6).validate_str(bom.read_text())
if invalid: raise ValueError(invalid)
print(read.predicate_type, len(read.subject))
`;
