import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { call, json } from "./test-support/in-process.js";
import { type Owner, registeredOwner, testModel } from "./test-support/owner.js";

let owner: Owner;
let recipient: string;

async function keyFile(name: string): Promise<string> {
  const identity = await generateX25519Identity();
  writeFileSync(owner.at(name), `${identity}\n`, { mode: 0o600 });
  return await identityToRecipient(identity);
}

const inVault = (): string[] => ["--vault", owner.at("vault")];
const opening = (name = "key.txt"): string[] => [...inVault(), "--identity", owner.at(name)];

beforeAll(async () => {
  owner = await registeredOwner({ mark: false });
  recipient = await keyFile("key.txt");
  const signing = ["--key", owner.at("owner.key")];
  await json("vault", "add", testModel("glyphs"), ...inVault(), "--recipient", recipient, ...signing);
}, 120_000);
afterAll(() => owner.remove());

describe("a vault at the command line", () => {
  it("lists what is in it, without a key", async () => {
    const { models, sealing } = await json<Record<string, unknown>>("vault", "list", ...inVault());
    expect(models).toMatchObject([
      { name: "glyphs", external: [], signer: expect.stringMatching(/^04/) as string },
    ]);
    expect(sealing).toEqual({ kind: "recipients", recipients: [recipient] });
  });

  it("hands out a copy with whoever gets it as its payload, which the copy then says", async () => {
    const out = owner.at("acme.onnx");
    const marking = [...owner.registration, ...owner.key];
    const report = await json(
      "vault",
      "get",
      "glyphs",
      ...opening(),
      "--to",
      "ACME",
      "--out",
      out,
      ...marking,
    );
    expect(report).toMatchObject({ to: "ACME", marking: { payload: "ACME" } });
    expect(existsSync(`${out}.sig`)).toBe(true);
    const examined = await json("examine", out, ...owner.claim);
    expect(examined).toMatchObject({ verdict: "match" });
    expect(JSON.stringify(examined["witnesses"])).toContain('"text":"ACME"');
    expect(owner.listing().some((file) => file.includes(".indicia-vault"))).toBe(false);
  });

  it("hands out the model as it is to nobody without a key, and logs who got it", async () => {
    const out = owner.at("plain.onnx");
    const other = await keyFile("other.txt");
    const refused = await call(
      "vault",
      "get",
      "glyphs",
      ...opening("other.txt"),
      "--to",
      "Eve",
      "--out",
      out,
      "--json",
    );
    expect(refused.exitCode).toBe(2);
    expect(refused.stdout).toContain("VAULT_LOCKED_OUT");
    await json("vault", "get", "glyphs", ...opening(), "--to", "ACME", "--out", out);
    expect(Buffer.compare(readFileSync(out), readFileSync(testModel("glyphs")))).toBe(0);
    await json("vault", "rotate", ...opening(), "--recipient", other);
    await json(
      "vault",
      "get",
      "glyphs",
      ...opening("other.txt"),
      "--to",
      "Bob",
      "--out",
      owner.at("bob.onnx"),
    );
    const { verified, lines } = await json<{
      verified: boolean;
      lines: { type: string; entry: { recipient?: string } }[];
    }>("vault", "audit", ...inVault());
    expect(verified).toBe(true);
    const got = lines.filter(({ type }) => type === "get").map(({ entry }) => entry.recipient);
    expect(got).toEqual(["ACME", "Eve", "ACME", "Bob"]);
  });

  it("says so when its log was changed", async () => {
    const file = owner.at("vault/audit.jsonl");
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, whole.replace('"recipient":"Eve"', '"recipient":"Ede"'));
    const ran = await call("vault", "audit", ...inVault(), "--json");
    writeFileSync(file, whole);
    expect(ran.exitCode).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ verified: false, code: "QUERY_LOG_LINE_CHANGED" });
  });

  it.each([
    [["add", "m.onnx", "--recipient", "age1x", "--vault-passphrase", "env:P"]],
    [["add", "m.onnx", "--signature", "s"]],
    [["get", "m", "--to", "A", "--out", "o"]],
    [["get", "m", "--to", "A", "--out", "o", "--identity", "i", "--payload", "p"]],
    [["rotate", "--identity", "i"]],
  ])("refuses %j", async (args) => {
    const ran = await call("vault", ...args, "--vault", "v", "--json");
    expect(ran.stdout).toContain('"USAGE"');
  });
});
