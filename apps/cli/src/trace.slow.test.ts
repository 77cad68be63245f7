import { readFileSync, writeFileSync } from "node:fs";
import { fingerprint } from "@indicia/data/fingerprint";
import { readNpz } from "@indicia/data/npz";
import { signAcceptance } from "@indicia/evidence/acceptances";
import { signBatch } from "@indicia/evidence/query-batch";
import { publicKey } from "@indicia/evidence/sign";
import { rowOf, type Tensor } from "@indicia/onnx/tensor";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Server, startServer } from "./demo/programs.js";
import { answered, call, done } from "./test-support/in-process.js";
import { drawGlyphs, GATEWAY, type Owner, registeredOwner, testModel } from "./test-support/owner.js";
import { type Collected, collect, fitThief } from "./test-support/read-out-thief.js";

const SIGNING = new Uint8Array(32).fill(6);
/** Customers beside carol, dave and erin. */
const OTHERS = 997;
const QUERIES = 600;

let owner: Owner;
let gateway: Server;
let registration: string;
const answers = new Map<string, Collected>();

const rowsOf = (name: string): Record<string, Tensor> =>
  readNpz(new Uint8Array(readFileSync(owner.at(`${name}.npz`))));
const hashesOf = (tensors: Record<string, Tensor>): string[] =>
  Array.from({ length: QUERIES }, (_, row) => fingerprint(rowOf(tensors, row)));
const asked = (customer: string): Collected => {
  const collected = answers.get(customer);
  if (collected === undefined) throw new TypeError(`${customer} asked nothing`);
  return collected;
};

beforeAll(async () => {
  owner = await registeredOwner({ mark: false });
  const claim = ["--registration", owner.at("registration"), "--key", owner.at("owner.key")];
  const register = ["--customers", owner.at("customers.jsonl")];
  const signer = Buffer.from(publicKey(SIGNING)).toString("hex");
  await done("key", "gateway", ...claim, "--out", owner.at("gateway.key"));
  await done("customers", "add", "carol", ...claim, ...register, "--signer", signer);
  const others = Array.from({ length: OTHERS }, (_, i) => `customer-${i}`);
  await done("customers", "add", "dave", "erin", ...others, ...claim, ...register);
  for (const name of ["carol", "dave"])
    await drawGlyphs(`asked by ${name}`, QUERIES, owner.at(`${name}.npz`));
  writeFileSync(owner.at("terms.md"), "Answers may not be used to train another model.\n");
  const version = ["--version", "2026-11", "--effective", "2026-11-01"];
  await done("terms", "add", owner.at("terms.md"), ...version, ...claim);
  const marking = ["--registration", owner.at("registration"), "--gateway-key", owner.at("gateway.key")];
  const serving = ["--model", testModel("glyphs"), "--name", "m", "--logged", owner.at("log")];
  const strength = ["--customer-strength", "0.2"];
  const terms = [
    "--terms",
    owner.at("registration/terms.jsonl"),
    "--acceptances",
    owner.at("acceptances.jsonl"),
  ];
  gateway = await startServer(GATEWAY, [...serving, ...marking, ...register, ...strength, ...terms]);
  ({ commitment: registration } = JSON.parse(
    readFileSync(owner.at("registration/chain.jsonl"), "utf8").split("\n")[0] ?? "",
  ).body);
  await bothAccept();
  const queries = hashesOf(rowsOf("carol"));
  const signature = signBatch(SIGNING, { registration, customer: "carol", queries });
  const headers = { "x-indicia-customer": "carol" };
  const body = JSON.stringify({ queries, signature });
  const posted = await fetch(`${gateway.address}/v2/indicia/batches`, { method: "POST", headers, body });
  if (!posted.ok) throw new Error(await posted.text());
  for (const customer of ["carol", "dave"]) {
    const header = { "x-indicia-customer": customer };
    answers.set(customer, await collect(`${gateway.address}/v2/models/m`, rowsOf(customer), header));
  }
}, 240_000);
afterAll(async () => {
  await gateway.stop();
  owner.remove();
});

/** Carol and dave accept the terms in force, carol with her own signature. */
async function bothAccept(): Promise<void> {
  const shown = (await (await fetch(`${gateway.address}/terms`)).json()) as {
    version: string;
    sha256: string;
  };
  const { version, sha256 } = shown;
  const signature = signAcceptance(SIGNING, { registration, customer: "carol", version, sha256 });
  for (const [customer, more] of [
    ["carol", { signature }],
    ["dave", {}],
  ] as const) {
    const headers = { "x-indicia-customer": customer };
    const body = JSON.stringify({ version, sha256, ...more });
    const posted = await fetch(`${gateway.address}/terms/acceptance`, { method: "POST", headers, body });
    if (posted.status !== 201) throw new Error(await posted.text());
  }
}

interface Traced {
  readonly verdict: string;
  readonly named: readonly string[];
  readonly customers: readonly {
    customer: string;
    verdict: string;
    log10PIdeal: number;
    witnesses: {
      mark: string;
      statistic: string;
      T: number;
      corrections: { name: string; factor: number }[];
    }[];
  }[];
  readonly leads: readonly { customer: string; z: number; log10P?: number }[];
  readonly controls: Record<string, unknown>;
}

async function traced(suspect: string, ...more: string[]): Promise<Traced & { exitCode: number }> {
  const asking = ["--protocol", "onnx-black-box", "--json", "--full"];
  const register = ["--customers", owner.at("customers.jsonl")];
  const claim = [...owner.claim, ...register];
  const { exitCode, stdout } = await answered("trace", suspect, ...claim, ...asking, ...more);
  return { ...(JSON.parse(stdout) as Traced), exitCode };
}

describe("a thief who fits a last layer to a gateway's answers", () => {
  it("is traced to the customer among a thousand who asked", async () => {
    await fitThief(testModel("glyphs"), [asked("carol")], owner.at("thief.onnx"));
    const acceptances = ["--acceptances", owner.at("acceptances.jsonl")];
    const report = await traced(owner.at("thief.onnx"), "--out", owner.at("trace"), ...acceptances);
    expect(report).toMatchObject({ exitCode: 0, verdict: "match", named: ["carol"] });
    expect(report.customers).toHaveLength(OTHERS + 3);
    expect(report.customers[0]?.log10PIdeal).toBeLessThan(-6);
    expect(report.customers[0]?.witnesses[0]?.corrections).toContainEqual(
      expect.objectContaining({ name: "customers in the register", factor: OTHERS + 3 }),
    );
    expect(report.controls).toMatchObject({
      reference: "inconclusive",
      innocents: "inconclusive",
      falseClaim: "inconclusive",
      decoyKeys: 10_000,
    });
    const kept = JSON.parse(readFileSync(owner.at("trace/trace.json"), "utf8")) as Traced;
    expect(kept.named).toEqual(["carol"]);
  });

  it("leaves evidence that a stranger verifies, with the terms that she accepted", async () => {
    const verified = await call("evidence", "verify", owner.at("trace/evidence.zip"));
    expect([verified.exitCode, verified.stderr]).toEqual([
      0,
      expect.stringContaining("The evidence verifies."),
    ]);
    expect(verified.stderr).toMatch(
      /passed +terms: 1 versions, .*carol accepted version 2026-11 on \S+, signed with his own key\n/,
    );
    expect(verified.stderr).not.toContain("dave accepted");
    const shown = await call("evidence", "show", owner.at("trace/evidence.zip"));
    expect(shown.stderr).toContain("rejects independence of");
  });

  it("whose figures an expert draws again with the gateway's sub-key", async () => {
    const [identity, disclosure] = [owner.at("expert.txt"), owner.at("disclosure.age")];
    const secret = await generateX25519Identity();
    writeFileSync(identity, `${secret}\n`);
    const recipient = ["--recipient", await identityToRecipient(secret)];
    const key = ["--key", owner.at("owner.key")];
    await done(
      "evidence",
      "disclose",
      owner.at("trace/evidence.zip"),
      ...key,
      ...recipient,
      "--out",
      disclosure,
      "--yes",
    );
    const opening = ["--disclosure", disclosure, "--identity", identity];
    const verified = await call("evidence", "verify", owner.at("trace/evidence.zip"), ...opening);
    expect(verified.stderr).toMatch(/passed +statistic: carol with log10 p = -\d/);
    expect(verified.exitCode).toBe(0);
  });

  it("is traced to both customers who put their answers together", async () => {
    await fitThief(testModel("glyphs"), [asked("carol"), asked("dave")], owner.at("pooled.onnx"));
    const report = await traced(owner.at("pooled.onnx"));
    expect([...report.named].sort()).toEqual(["carol", "dave"]);
  });

  it("gives a certified witness on what carol had signed, and only a lead on what dave asked", async () => {
    await fitThief(testModel("glyphs"), [asked("carol"), asked("dave")], owner.at("asked.onnx"));
    const asking = ["--query-log", owner.at("log"), "--budget", "1300", "--out", owner.at("again")];
    const report = await traced(owner.at("asked.onnx"), ...asking);
    const logged = (customer: string): unknown[] =>
      (report.customers.find((each) => each.customer === customer)?.witnesses ?? []).filter(
        ({ mark }) => mark === "logged",
      );
    expect(logged("carol").length).toBeGreaterThan(2);
    expect(logged("dave")).toEqual([]);
    expect(new Set(report.leads.map(({ customer }) => customer))).toEqual(new Set(["dave"]));
    for (const lead of report.leads) expect(lead.log10P).toBeUndefined();
    const verified = await call("evidence", "verify", owner.at("again/evidence.zip"));
    expect([verified.exitCode, verified.stderr]).toEqual([
      0,
      expect.stringMatching(/passed +logged queries: \d+/),
    ]);
    expect(verified.stderr).toMatch(/not checked +terms/);
    expect([...report.named].sort()).toEqual(["carol", "dave"]);
    expect(verified.stderr).toMatch(
      /passed +query log: 1200 logged answers to [a-z, ]+, from \S+ to \S+, each proved to stand in the log/,
    );
  });
});

describe("an observation that a neutral party made without any key", () => {
  it("is concluded on by a trace of it, and asks nothing more", async () => {
    const thief = owner.at("thief.onnx");
    const [registered, reference] = [owner.claim.slice(0, 2), owner.claim.slice(4)];
    const asking = ["--protocol", "onnx-black-box", "--budget", "300", "--out", owner.at("observation")];
    await done("observe", thief, ...registered, ...reference, ...asking);
    const transcript = readFileSync(owner.at("observation/transcript.jsonl"));
    const report = await traced(thief, "--resume", owner.at("observation"));
    expect(report.named).toEqual(["carol"]);
    expect(readFileSync(owner.at("observation/transcript.jsonl"))).toEqual(transcript);
  });
});

describe("whoever asked no customer's gateway", () => {
  it.each(["glyphs", "innocent-a"] as const)("%s is traced to nobody", async (name) => {
    const asking = ["--query-log", owner.at("log"), "--budget", "400"];
    const report = await traced(testModel(name), ...asking);
    expect(report).toMatchObject({ exitCode: 1, verdict: "inconclusive", named: [] });
  });
});

describe("a register that lacks customers whom the registration took note of", () => {
  it("is refused", async () => {
    const text = readFileSync(owner.at("customers.jsonl"), "utf8");
    writeFileSync(owner.at("cut.jsonl"), text.split("\n").slice(0, 2).join("\n").concat("\n"));
    const claim = [...owner.claim, "--customers", owner.at("cut.jsonl"), "--json"];
    const { exitCode, stdout } = await call("trace", testModel("glyphs"), ...claim);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "CUSTOMERS_CUT" } });
  });
});
