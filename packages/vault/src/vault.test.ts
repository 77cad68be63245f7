import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { signModel } from "@indicia/evidence/model-signature";
import { p256PublicKey } from "@indicia/evidence/p256";
import { sha256Hex } from "@indicia/evidence/canonical";
import { moveWeights } from "@indicia/testkit/move-weights";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AddRequest, addModel } from "./add-model.js";
import type { Lock, Unlock } from "./age-keys.js";
import { auditVault, readAudit } from "./audit.js";
import { getModel, type GetRequest } from "./get-model.js";
import { openVaultModel } from "./open-model.js";
import { rotateVault } from "./rotate.js";
import { filesOf, readIndex, type VaultIndex } from "./vault-index.js";

const tiny = tinyClassifier();
const moved = moveWeights(tiny.bytes, "weights/w.bin");
const SEED = new Uint8Array(32).fill(5);
const SIGNER = Buffer.from(p256PublicKey(SEED)).toString("hex");
const clock = (): Date => new Date("2026-11-26T12:00:00.000Z");
const [alice, bob] = [await generateX25519Identity(), await generateX25519Identity()];
const toAlice: Lock = { kind: "recipients", recipients: [await identityToRecipient(alice)] };
const toBob: Lock = { kind: "recipients", recipients: [await identityToRecipient(bob)] };
const asAlice: Unlock = { kind: "identities", identities: [alice] };
const asBob: Unlock = { kind: "identities", identities: [bob] };
/** scrypt at 2^10, or tests would take seconds. */
const phrase = (passphrase: string): Lock & Unlock => ({ kind: "passphrase", passphrase, workFactor: 10 });

let folder: string;
const at = (name: string): string => path.join(folder, name);
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-vault-"));
  writeFileSync(at("small.onnx"), tiny.bytes);
  writeFileSync(at("large.onnx"), moved.model);
});
afterEach(() => rmSync(folder, { recursive: true }));

const vault = (): string => at("vault");
const add = (name: string, more: Partial<AddRequest> = {}): Promise<unknown> =>
  addModel(vault(), {
    name,
    model: at(`${name}.onnx`),
    lock: null,
    signing: null,
    clock,
    by: "tester",
    ...more,
  });
const get = (name: string, more: Partial<GetRequest> = {}): ReturnType<typeof getModel> =>
  getModel(vault(), {
    name,
    unlock: asAlice,
    recipient: "ACME",
    encryptTo: null,
    out: at("out.onnx"),
    clock,
    by: "tester",
    ...more,
  });
const open = (
  name: string,
  unlock: Unlock,
  signer: string | null = null,
): ReturnType<typeof openVaultModel> =>
  openVaultModel(vault(), { name, unlock, signer, clock, by: "tester" });
const audit = async (): Promise<string[]> =>
  (await readAudit(vault(), await readIndex(vault()))).map(({ type }) => type);

async function addBoth(): Promise<void> {
  mkdirSync(at("weights"));
  writeFileSync(at("weights/w.bin"), moved.weights);
  await add("small", { lock: toAlice });
  await add("large", { signing: { kind: "sign", seed: SEED, signer: SIGNER } });
}

describe("a vault of models", () => {
  it("opens them in memory as they were, external data too, and nothing of them lies there in the clear", async () => {
    await addBoth();
    const small = await open("small", asAlice);
    expect(Buffer.compare(small.bytes, tiny.bytes)).toBe(0);
    expect(small.signed).toBe(false);
    const large = await open("large", asAlice, SIGNER);
    expect(large).toMatchObject({ signed: true, sha256: sha256Hex(moved.model) });
    expect(large.externalData.map((file) => file.path)).toEqual(["weights/w.bin"]);
    expect(Buffer.compare(large.bytes, moved.model)).toBe(0);
    expect(Buffer.compare(large.externalData[0]?.data ?? new Uint8Array(), moved.weights)).toBe(0);
    const needle = Buffer.from(moved.weights.subarray(0, 24));
    const files = readdirSync(vault(), { recursive: true, encoding: "utf8", withFileTypes: true });
    const plain = files
      .filter((file) => file.isFile())
      .filter((file) => readFileSync(path.join(file.parentPath, file.name)).includes(needle));
    expect(plain).toEqual([]);
    expect(await audit()).toEqual(["created", "added", "added", "opened", "opened"]);
  });

  it("opens several at once, and while it is rotated for whoever holds both keys", async () => {
    await addBoth();
    const both: Unlock = { kind: "identities", identities: [alice, bob] };
    const opening = Array.from({ length: 6 }, (_, i) => open(i % 2 === 0 ? "small" : "large", both));
    const rotating = rotateVault(vault(), { lock: toBob, unlock: asAlice, clock, by: "tester" });
    for (const { bytes } of await Promise.all(opening))
      expect([tiny.bytes.length, moved.model.length]).toContain(bytes.length);
    await rotating;
    expect((await audit()).filter((type) => type === "opened")).toHaveLength(6);
  });

  it("opens for nobody else, and logs nothing that did not happen", async () => {
    await addBoth();
    expect(await thrownCode(() => open("small", asBob))).toBe("VAULT_LOCKED_OUT");
    expect(await thrownCode(() => open("other", asAlice))).toBe("VAULT_MODEL_UNKNOWN");
    expect(await thrownCode(() => add("small"))).toBe("VAULT_MODEL_EXISTS");
    expect(await thrownCode(() => add("small", { name: "../x" }))).toBe("VAULT_NAME");
    expect(await thrownCode(() => add("small", { name: "second", lock: toBob }))).toBe("VAULT_RECIPIENT");
    expect(await audit()).toEqual(["created", "added", "added", "opened", "failed"]);
  });

  it("says of an opening that was a check that it was one", async () => {
    await addBoth();
    const request = { name: "small", clock, by: "gateway", purpose: "checked" } as const;
    await openVaultModel(vault(), { ...request, unlock: asAlice });
    await thrownCode(() => openVaultModel(vault(), { ...request, unlock: asBob }));
    const lines = await readAudit(vault(), await readIndex(vault()));
    expect(lines.slice(3).map(({ type, entry }) => [type, entry["action"] ?? null, entry["by"]])).toEqual([
      ["checked", null, "gateway"],
      ["checked", null, "gateway"],
      ["failed", "checked", "gateway"],
    ]);
  });

  it("has a passphrase in place of recipients, and one only", async () => {
    await add("small", { lock: phrase("horse") });
    expect((await open("small", phrase("horse"))).bytes).toHaveLength(tiny.bytes.length);
    expect(await thrownCode(() => open("small", phrase("house")))).toBe("VAULT_LOCKED_OUT");
    expect(await thrownCode(() => add("small", { name: "b", lock: phrase("house") }))).toBe(
      "VAULT_LOCKED_OUT",
    );
    await add("small", { name: "b", lock: phrase("horse") });
  });

  it("finds what was put in another's place: age shows changed bytes, the hash other bytes", async () => {
    await addBoth();
    const index = await readIndex(vault());
    const stored = index.models[1]?.external[0];
    const object = path.join(vault(), "objects", stored?.object ?? "");
    const whole = readFileSync(object);
    const encrypter = new Encrypter();
    for (const recipient of toAlice.kind === "recipients" ? toAlice.recipients : [])
      encrypter.addRecipient(recipient);
    const weights = Uint8Array.from(moved.weights);
    weights[0] = (weights[0] ?? 0) ^ 1;
    const flipped = Buffer.from(whole);
    rmSync(at("weights"), { recursive: true });
    flipped[whole.length - 40] = (flipped[whole.length - 40] ?? 0) ^ 1;
    for (const bytes of [flipped, whole.subarray(0, -1), await encrypter.encrypt(weights)]) {
      writeFileSync(object, bytes);
      expect(await thrownCode(() => open("large", asAlice))).toBe("VAULT_OBJECT_CHANGED");
      expect(await thrownCode(() => get("large"))).toBe("VAULT_OBJECT_CHANGED");
      expect(readdirSync(folder)).not.toContain("out.onnx");
      expect(readdirSync(at("weights"))).toEqual([]);
    }
    rmSync(object);
    expect(await thrownCode(() => open("large", asAlice))).toBe("VAULT_OBJECT_MISSING");
  });

  it("serves no model that its owner did not sign, where that is demanded", async () => {
    await addBoth();
    expect(await thrownCode(() => open("small", asAlice, SIGNER))).toBe("VAULT_SIGNATURE_MISSING");
    const other = Buffer.from(p256PublicKey(new Uint8Array(32).fill(6))).toString("hex");
    expect(await thrownCode(() => open("large", asAlice, other))).toBe("VAULT_SIGNATURE_INVALID");
    const signature = signModel({ name: "small.onnx", sha256: "00".repeat(32) }, SEED);
    const signing = { kind: "given", signature, signer: SIGNER } as const;
    expect(await thrownCode(() => add("small", { name: "forged", signing }))).toBe("VAULT_SIGNATURE_INVALID");
    const good = signModel({ name: "small.onnx", sha256: sha256Hex(tiny.bytes) }, SEED);
    await add("small", { name: "signed", signing: { ...signing, signature: good } });
    expect((await open("signed", asAlice, SIGNER)).signed).toBe(true);
    const objects = (await readIndex(vault())).models.flatMap((model) => filesOf(model).length);
    expect(readdirSync(path.join(vault(), "objects"))).toHaveLength(objects.reduce((a, b) => a + b, 0));
  });
});

describe("a model that is handed out", () => {
  it("is logged with whoever gets it before a byte is written, and overwrites nothing", async () => {
    await addBoth();
    rmSync(at("weights"), { recursive: true });
    const { files, sha256 } = await get("large");
    expect(files).toEqual([at("out.onnx"), at("weights/w.bin")]);
    expect(sha256).toBe(sha256Hex(readFileSync(at("out.onnx"))));
    expect(Buffer.compare(readFileSync(at("weights/w.bin")), moved.weights)).toBe(0);
    expect(await thrownCode(() => get("large"))).toBe("VAULT_OUTPUT_EXISTS");
    expect(await thrownCode(() => get("small", { unlock: asBob, out: at("b.onnx") }))).toBe(
      "VAULT_LOCKED_OUT",
    );
    const lines = await readAudit(vault(), await readIndex(vault()));
    expect(lines.slice(3).map(({ type }) => type)).toEqual(["get", "handed-out", "get", "failed"]);
    expect(lines[6]?.entry).toMatchObject({ name: "small", action: "get", code: "VAULT_LOCKED_OUT" });
    expect(lines[3]?.entry).toMatchObject({ by: "tester", name: "large", recipient: "ACME", payload: null });
  });

  it("is encrypted to whoever gets it, if he has a key", async () => {
    await addBoth();
    const { files } = await get("small", { encryptTo: await identityToRecipient(bob) });
    expect(files).toEqual([at("out.onnx.age")]);
    const decrypter = new Decrypter();
    decrypter.addIdentity(bob);
    const bytes = await decrypter.decrypt(readFileSync(at("out.onnx.age")));
    expect(Buffer.compare(bytes, tiny.bytes)).toBe(0);
  });

  it("carries a mark of its own, made of a plain copy that is gone afterwards", async () => {
    await addBoth();
    let seen = "";
    const write = async (from: string, to: string): Promise<{ sha256: string; external: string[] }> => {
      seen = from;
      expect(Buffer.compare(readFileSync(from), tiny.bytes)).toBe(0);
      writeFileSync(to, "marked for ACME");
      return { sha256: "ab".repeat(32), external: [] };
    };
    const handed = await get("small", { mark: { payload: "ACME", write } });
    expect(handed).toEqual({ files: [at("out.onnx")], sha256: "ab".repeat(32) });
    expect(readFileSync(at("out.onnx"), "utf8")).toBe("marked for ACME");
    expect(await thrownCode(() => readFileSync(seen))).toBe("ENOENT");
    const lines = await readAudit(vault(), await readIndex(vault()));
    expect(lines.at(-2)?.entry).toMatchObject({ payload: "ACME" });
    expect(lines.at(-1)?.entry).toMatchObject({ sha256: "ab".repeat(32) });
  });
});

describe("a rotation", () => {
  const objects = (): string[] => readdirSync(path.join(vault(), "objects")).toSorted();
  const rotate = (lock: Lock, unlock: Unlock, more: object = {}): ReturnType<typeof rotateVault> =>
    rotateVault(vault(), { lock, unlock, clock, by: "tester", ...more });

  it("leaves every model as it was, for others", async () => {
    await addBoth();
    const before = objects();
    expect((await rotate(toBob, asAlice)).models).toEqual(["small", "large"]);
    expect(await thrownCode(() => open("small", asAlice))).toBe("VAULT_LOCKED_OUT");
    expect(Buffer.compare((await open("large", asBob, SIGNER)).bytes, moved.model)).toBe(0);
    expect(objects()).toHaveLength(before.length);
    expect(objects().some((object) => before.includes(object))).toBe(false);
    expect((await rotate(phrase("horse"), asBob)).recipients).toEqual(["passphrase"]);
    expect((await open("small", phrase("horse"))).bytes).toHaveLength(tiny.bytes.length);
  });

  it("that was interrupted leaves every model whole, and goes on", async () => {
    await addBoth();
    const before = objects();
    const interrupt = (model: string): void => {
      if (model === "large") throw new Error("power cut");
    };
    await expect(rotate(toBob, asAlice, { onProgress: interrupt })).rejects.toThrow("power cut");
    writeFileSync(path.join(vault(), "objects", `${"0".repeat(32)}.age`), "half of something");
    const index: VaultIndex = await readIndex(vault());
    expect(index.rotation).toEqual({ kind: "recipients", recipients: [await identityToRecipient(bob)] });
    expect((await open("small", asBob)).bytes).toHaveLength(tiny.bytes.length);
    expect((await open("large", asAlice)).bytes).toHaveLength(moved.model.length);
    expect(await thrownCode(() => rotate(phrase("x"), asAlice))).toBe("VAULT_ROTATION_PENDING");
    expect((await rotate(toBob, asAlice)).models).toEqual(["large"]);
    expect((await open("large", asBob)).externalData[0]?.data).toHaveLength(moved.weights.length);
    expect((await readIndex(vault())).rotation).toBeNull();
    expect(objects()).toHaveLength(before.length);
    expect(await audit()).toContain("rotated");
  });
});

describe("the audit log", () => {
  it("is whole, or it is said what is wrong", async () => {
    await addBoth();
    const index = await readIndex(vault());
    const file = path.join(vault(), "audit.jsonl");
    const whole = readFileSync(file, "utf8");
    for (let byte = 5; byte < whole.length; byte += 211) {
      const other = whole[byte] === "1" ? "2" : "1";
      writeFileSync(file, whole.slice(0, byte) + other + whole.slice(byte + 1));
      expect(await thrownCode(() => readAudit(vault(), index))).toMatch(/^(CHAIN|QUERY_LOG|VAULT_AUDIT)_/);
    }
    writeFileSync(file, `${whole.split("\n").slice(0, 2).join("\n")}\n`);
    expect(await thrownCode(() => readAudit(vault(), index))).toBe("VAULT_AUDIT_CUT");
    writeFileSync(file, whole);
    await get("small", { out: at("taken.onnx") });
    const told = readFileSync(file, "utf8");
    writeFileSync(file, whole);
    // That somebody took a model away cannot be taken away by itself.
    expect(await thrownCode(audit)).toBe("VAULT_AUDIT_CUT");
    writeFileSync(file, told);
    expect(await audit()).toEqual(["created", "added", "added", "get", "handed-out"]);
    const [first, second] = index.models;
    const swapped = { ...index, models: [{ ...first, model: second?.model }, second] } as VaultIndex;
    expect(await thrownCode(() => auditVault(vault(), swapped))).toBe("VAULT_AUDIT_DIFFERS");
    expect((await auditVault(vault(), await readIndex(vault()))).lines).toHaveLength(5);
  });
});
