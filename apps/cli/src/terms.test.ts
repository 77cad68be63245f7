import { readFileSync, writeFileSync } from "node:fs";
import { openAcceptances } from "@indicia/evidence/acceptances-file";
import { sha256Hex } from "@indicia/evidence/canonical";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, callAt, done, type Ran } from "./test-support/in-process.js";
import { tinyOwner } from "./test-support/tiny-owner.js";

const owner = await tinyOwner({ features: 32, classes: 8 });
const { at, key: KEY, registration: REGISTRATION } = owner;
const CUSTOMERS = ["--customers", at("customers.jsonl")];
const TEXT = "\uFEFFAnswers may not be used to train another model.\r\n";
const december = new Date(Date.UTC(2026, 11, 1));

beforeAll(async () => {
  writeFileSync(at("terms.md"), TEXT);
  writeFileSync(at("latin.md"), Buffer.from([0x54, 0xfc]));
  const data = ["--calibration", "random:300", "--out", at("registration")];
  await done("register", owner.file, ...KEY, ...data);
  await done("customers", "add", "alice", "bob", ...REGISTRATION, ...KEY, ...CUSTOMERS);
}, 60_000);
afterAll(() => owner.remove());

const add = (file: string, version: string, effective: string): Promise<Ran> =>
  call("terms", "add", at(file), "--version", version, "--effective", effective, ...REGISTRATION, ...KEY);
const trace = (out: string, acceptances: string): Promise<Ran> => {
  const claim = [...REGISTRATION, ...KEY, ...CUSTOMERS, "--reference", owner.file];
  const asking = ["--protocol", "onnx-black-box", "--budget", "64", "--acceptances", at(acceptances)];
  return call("trace", owner.file, ...claim, ...asking, "--out", at(out));
};
async function accepted(file: string, customer: string): Promise<void> {
  const commitment = sha256Hex(readFileSync(at("registration/registration.json")));
  const log = await openAcceptances(at(file), { registration: commitment, clock: () => new Date() });
  const sha256 = sha256Hex(readFileSync(at("terms.md")));
  await log.accept({ customer, version: "2026-11", sha256, address: null, signature: null });
  await log.close();
}

describe("terms", () => {
  it("are entered to the byte, version by version, and listed with the one in force", async () => {
    expect((await add("terms.md", "2026-11", "2026-11-01")).exitCode).toBe(0);
    expect((await add("terms.md", "2027-01", "2027-01-01")).exitCode).toBe(0);
    const { stdout } = await callAt(december, "terms", "list", ...REGISTRATION, "--json");
    const sha256 = sha256Hex(readFileSync(at("terms.md")));
    expect(JSON.parse(stdout)).toMatchObject({
      current: "2026-11",
      versions: [
        { version: "2026-11", effective: "2026-11-01", sha256, inForce: true, dated: null },
        { version: "2027-01", effective: "2027-01-01", sha256, inForce: false },
      ],
    });
  });

  it.each([
    ["a version twice", "terms.md", "2027-01", "2027-01-01", "TERMS_DUPLICATE"],
    ["one that the version before would follow", "terms.md", "x", "2026-12-01", "TERMS_MALFORMED"],
    ["one with a name that is none", "terms.md", "a/b", "2027-02-01", "TERMS_MALFORMED"],
    ["a text that is not UTF-8", "latin.md", "x", "2027-02-01", "FILE_KIND"],
  ])("are not %s", async (_, file, version, effective, code) => {
    expect((await add(file, version, effective)).stderr).toContain(code);
  });

  it("enter the evidence of a trace, which verifies", async () => {
    await accepted("acceptances.jsonl", "bob");
    const traced = await trace("trace", "acceptances.jsonl");
    expect([traced.exitCode, traced.stderr]).toEqual([
      1,
      expect.stringContaining(`The evidence is in ${at("trace/evidence.zip")}`),
    ]);
    const verified = await call("evidence", "verify", at("trace/evidence.zip"));
    expect([verified.exitCode, verified.stderr]).toEqual([
      0,
      expect.stringContaining("The evidence verifies."),
    ]);
    expect(verified.stderr).toMatch(/passed +terms: 2 versions/);
    expect(verified.stderr).toMatch(/passed +trace: names nobody, of 2 tried/);
    expect(verified.stderr).toMatch(/passed +answers: /);
    expect((await call("evidence", "show", at("trace/evidence.zip"))).stderr).toContain(
      "To be read: terms/accepted.json",
    );
  }, 60_000);

  it("are not cited from a log that was shortened since it was noted", async () => {
    await accepted("acceptances.jsonl", "alice");
    const text = readFileSync(at("acceptances.jsonl"), "utf8");
    expect((await trace("second", "acceptances.jsonl")).exitCode).toBe(1);
    writeFileSync(at("cut.jsonl"), `${text.split("\n").slice(0, 2).join("\n")}\n`);
    expect((await trace("third", "cut.jsonl")).stderr).toContain("NOTED_CHAIN_CUT");
    writeFileSync(at("changed.jsonl"), text.replace('"bob"', '"eve"'));
    expect((await trace("third", "changed.jsonl")).stderr).toContain("CHAIN_BROKEN_LINK");
  }, 60_000);
});
