import { readFileSync, writeFileSync } from "node:fs";
import { Decrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Server, startServer } from "./demo/programs.js";
import { call, json } from "./test-support/in-process.js";
import { GATEWAY, type Owner, registeredOwner, testModel } from "./test-support/owner.js";

const CONFIG = `listen: { port: 0 }
models: [{ name: glyphs, vault: glyphs, batching: { threads: 1 } }]
vault: { folder: vault, secret: { file: vault.key } }
access: { keys: keys.jsonl }
ops: { logs: { level: silent } }
`;
let owner: Owner;
let acme: string;
let toAcme: string;
let gateway: Server;
let token: string;
const inVault = (): string[] => ["--vault", owner.at("vault")];
const opening = (): string[] => [...inVault(), "--identity", owner.at("vault.key")];
const fetched = (): Promise<Response> =>
  fetch(`${gateway.address}/v1/models/glyphs/download`, { headers: { authorization: `Bearer ${token}` } });

/** Deposit a copy for ACME. */
async function deposit(...more: string[]): Promise<Record<string, unknown>> {
  const marking = [...owner.registration, ...owner.key, "--encrypt-to", toAcme];
  const report = await json(
    "vault",
    "get",
    "glyphs",
    ...opening(),
    "--to",
    "ACME",
    "--deposit",
    ...marking,
    ...more,
  );
  return { ...report };
}

beforeAll(async () => {
  owner = await registeredOwner({ mark: false });
  const identity = await generateX25519Identity();
  acme = await generateX25519Identity();
  toAcme = await identityToRecipient(acme);
  writeFileSync(owner.at("vault.key"), `${identity}\n`, { mode: 0o600 });
  writeFileSync(owner.at("gateway.yaml"), CONFIG);
  const recipient = ["--recipient", await identityToRecipient(identity)];
  await json("vault", "add", testModel("glyphs"), ...inVault(), ...recipient, ...owner.key);
  const key = ["--account", "acme", "--customer", "ACME", "--scope", "glyphs:download"];
  const made = await json("gateway", "key", "add", "--keys", owner.at("keys.jsonl"), ...key);
  token = String((made as { token?: string }).token);
  gateway = await startServer(GATEWAY, ["--config", owner.at("gateway.yaml")]);
}, 120_000);
afterAll(async () => {
  await gateway.stop();
  owner.remove();
});

describe("a copy that its customer fetches from the gateway", () => {
  it("says whose it is once he has opened it", async () => {
    const { copy, marking } = await deposit("--expires", "2099-01-01");
    expect(marking).toMatchObject({ payload: "ACME" });
    const response = await fetched();
    expect(response.status).toBe(200);
    const decrypter = new Decrypter();
    decrypter.addIdentity(acme);
    const plain = await decrypter.decrypt(new Uint8Array(await response.arrayBuffer()));
    writeFileSync(owner.at("leaked.onnx"), plain);
    const examined = await json("examine", owner.at("leaked.onnx"), ...owner.claim);
    expect(examined).toMatchObject({ verdict: "match" });
    expect(JSON.stringify(examined.witnesses)).toContain('"text":"ACME"');
    const { lines } = await json<{ lines: { type: string; entry: Record<string, unknown> }[] }>(
      "vault",
      "audit",
      ...inVault(),
    );
    expect(lines.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["get", "deposited", "opened", "download"]),
    );
    expect(lines.find(({ type }) => type === "deposited")?.entry).toMatchObject({ copy, recipient: "ACME" });
    expect(lines.at(-1)?.entry).toMatchObject({ account: "acme", recipient: "ACME", name: "glyphs" });
    expect(owner.listing().some((file) => file.includes("deposit"))).toBe(false);
  }, 60_000);

  it("is shown with the models, and gone once it is taken back", async () => {
    const { handOuts } = await json<{ handOuts: object[] }>("vault", "list", ...inVault());
    expect(handOuts).toMatchObject([{ model: "glyphs", customer: "ACME", encryptedTo: toAcme }]);
    expect((await call("vault", "list", ...inVault())).stderr).toContain("for ACME: ");
    await json("vault", "withdraw", "glyphs", ...inVault(), "--to", "ACME");
    expect((await fetched()).status).toBe(404);
    expect((await call("vault", "list", ...inVault())).stderr).not.toContain("for ACME");
    const again = await call("vault", "withdraw", "glyphs", ...inVault(), "--to", "ACME", "--json");
    expect(again.stdout).toContain("VAULT_HANDOUT_UNKNOWN");
    expect(JSON.parse(readFileSync(owner.at("vault/vault.json"), "utf8"))).not.toHaveProperty("handOuts");
  });

  const marked = ["--registration", "r", "--key", "k"];
  it.each([
    [["--deposit", ...marked]],
    [["--deposit", "--encrypt-to", "age1x"]],
    [["--deposit", "--encrypt-to", "age1x", ...marked, "--out", "o"]],
    [["--deposit", "--encrypt-to", "age1x", ...marked, "--expires", "2027-02-30"]],
    [["--out", "o", "--expires", "2027-02-28"]],
    [[]],
  ])("is not laid down by %j", async (args) => {
    const ran = await call(
      "vault",
      "get",
      "m",
      "--to",
      "A",
      "--identity",
      "i",
      ...args,
      "--vault",
      "v",
      "--json",
    );
    expect(ran.stdout).toContain('"USAGE"');
  });
});
