import { writeFileSync } from "node:fs";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, done, json, type Ran } from "./test-support/in-process.js";
import { loggedRows } from "./test-support/logged-rows.js";
import { type Owner, REFERENCE, registeredOwner, testModel } from "./test-support/owner.js";

/** What is looked at of a report. */
interface Examined {
  readonly claim: string;
  readonly witnesses: readonly { readonly corrections: readonly { name: string; factor: number }[] }[];
}

const ROWS = [0, 1, 2, 3];
let owner: Owner;
let suspect: string;

const own = (): string[] => [...owner.registration, ...owner.key];
const register = (): string[] => ["--customers", owner.at("customers.jsonl")];
const log = (name = "log"): string[] => ["--query-log", owner.at(name), ...register()];
const asking = ["--protocol", "onnx-black-box", "--budget", "300"];

async function verified(evidence: string): Promise<Ran> {
  const [file, expert] = [`${evidence}.age`, `${evidence}.txt`];
  const identity = await generateX25519Identity();
  writeFileSync(expert, `${identity}\n`, { mode: 0o600 });
  const recipient = ["--recipient", await identityToRecipient(identity)];
  await done("evidence", "disclose", evidence, ...owner.key, ...recipient, "--out", file, "--yes");
  const opening = ["--disclosure", file, "--identity", expert];
  return call(
    "evidence",
    "verify",
    evidence,
    ...opening,
    ...owner.registration,
    ...REFERENCE,
    "--query-log",
    owner.at("log"),
  );
}

beforeAll(async () => {
  owner = await registeredOwner({ mark: false });
  await done("customers", "add", "carol", "dave", ...own(), ...register());
  suspect = owner.at("carols.onnx");
  const copy = [...own(), "--out", suspect, "--weights", "off", "--label-budget", "0.03"];
  await done("mark", testModel("glyphs"), ...copy, "--customer", "carol", ...register());
  await loggedRows(owner, "log", ROWS);
  await loggedRows(owner, "other", [4, 5]);
}, 120_000);
afterAll(() => owner.remove());

describe("an examination of one account of a gateway", () => {
  it("says whether the suspect is independent of that account's key, and leaves evidence that is drawn again", async () => {
    const out = owner.at("carol.zip");
    const claim = [...owner.claim, ...asking, ...log(), "--customer", "carol"];
    const report = await json<Examined>("examine", suspect, ...claim, "--out", out);
    expect(report).toMatchObject({
      verdict: "match",
      account: { customer: "carol" },
      requeries: ROWS.length,
      register: { entries: 2 },
      tested: 1,
      evidence: out,
    });
    const [first] = report.witnesses;
    expect(first?.corrections).toContainEqual(
      expect.objectContaining({ name: "customers in the register", factor: 3 }),
    );
    const ran = await verified(out);
    expect(ran.stderr).toMatch(/passed +statistic: carol .*every other figure, recomputed/);
    expect(ran.stderr).toMatch(/passed +logged sets: .*parted again/);
    expect(ran.exitCode).toBe(0);
  }, 60_000);

  it("comes in two halves, of which the first takes no key", async () => {
    const folder = owner.at("observation");
    const observing = [...owner.registration, ...REFERENCE, ...asking, ...log()];
    const seen = await json("observe", suspect, ...observing, "--out", folder);
    expect(seen).toMatchObject({ logged: { asked: ROWS.length } });
    const ofCarol = await json("conclude", folder, ...own(), ...log(), "--customer", "carol");
    expect(ofCarol).toMatchObject({ verdict: "match", account: { customer: "carol" } });
    const ofDave = await json("conclude", folder, ...own(), ...log(), "--customer", "dave");
    expect(ofDave).toMatchObject({ verdict: "inconclusive", account: { customer: "dave" }, leads: [] });
    const out = owner.at("gateway.zip");
    const ofGateway = await json<Examined>("conclude", folder, ...own(), ...log(), "--out", out);
    expect(ofGateway).toMatchObject({ verdict: "inconclusive", account: { customer: null }, log10P: 0 });
    expect(ofGateway.claim).toMatch(/the gateway's own key$/);
    expect((await verified(out)).exitCode).toBe(0);
    const foreign = await call(
      "conclude",
      folder,
      ...own(),
      ...log("other"),
      "--customer",
      "carol",
      "--json",
    );
    expect(foreign.stdout).toContain("OBSERVATION_INVALID");
  }, 60_000);

  it.each([
    [["--customers", "c"]],
    [["--query-log", "q", "--customer", "carol", "--reference", "r"]],
    [["--query-log", "q", "--customers", "c"]],
  ])("refuses %j", async (args) => {
    const claim = ["--registration", "r", "--key", "k", ...args, "--json"];
    expect((await call("examine", "http://suspect.example", ...claim)).stdout).toContain('"USAGE"');
  });
});
