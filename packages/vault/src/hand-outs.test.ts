import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { canonicalBytes, sha256Hex } from "@indicia/evidence/canonical";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { Decrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { addModel } from "./add-model.js";
import { auditVault, type AuditLine, readAudit } from "./audit.js";
import { depositCopy, type DepositRequest, withdrawCopy } from "./deposit.js";
import type { HandOut } from "./hand-outs.js";
import { rotateVault } from "./rotate.js";
import { findHandOut, takeHandOut, type TakenHandOut } from "./take-hand-out.js";
import { INDEX_FILE, readIndex, type VaultIndex, writeIndex } from "./vault-index.js";

const tiny = tinyClassifier();
const NOW = new Date("2026-11-26T12:00:00.000Z");
const clock = (): Date => NOW;
const [owner, ada] = [await generateX25519Identity(), await generateX25519Identity()];
const unlock = { kind: "identities", identities: [owner] } as const;
const toOwner = { kind: "recipients" as const, recipients: [await identityToRecipient(owner)] };
const encryptTo = await identityToRecipient(ada);

let folder: string;
const vault = (): string => path.join(folder, "vault");
const objects = (): string[] => readdirSync(path.join(vault(), "objects"));
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "indicia-hand-outs-"));
  const model = path.join(folder, "m.onnx");
  writeFileSync(model, tiny.bytes);
  await addModel(vault(), { name: "m", model, lock: toOwner, signing: null, clock, by: "tester" });
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Large enough to be sent in several pieces. */
const COPY = Buffer.alloc(2 ** 21 + 17, "marked for ada");

function deposit(more: Partial<DepositRequest> = {}): Promise<HandOut> {
  const write = async (from: string, to: string): Promise<{ sha256: string; external: string[] }> => {
    expect(Buffer.compare(readFileSync(from), tiny.bytes)).toBe(0);
    writeFileSync(to, COPY);
    writeFileSync(`${to}.sig`, "signed");
    return { sha256: sha256Hex(COPY), external: [`${path.basename(to)}.sig`] };
  };
  return depositCopy(vault(), {
    name: "m",
    unlock,
    customer: "ada",
    encryptTo,
    expires: null,
    mark: { payload: "ada", write },
    clock,
    by: "tester",
    ...more,
  });
}

const take = (
  customer = "ada",
  { file = null, now = NOW }: { readonly file?: string | null; readonly now?: Date } = {},
): Promise<TakenHandOut> =>
  takeHandOut(vault(), { name: "m", customer, file, account: "key 1", clock: () => now, by: "gateway" });
async function bytesOf({ stream }: TakenHandOut): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
const lines = async (): Promise<readonly AuditLine[]> => await readAudit(vault(), await readIndex(vault()));

async function decrypted(bytes: Uint8Array): Promise<Uint8Array> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(ada);
  return await decrypter.decrypt(bytes);
}

describe("a copy that lies in a vault for a customer", () => {
  it("is fetched as it lies there, and opened by nobody else", async () => {
    const { files, copy } = await deposit();
    expect(copy).toBe(sha256Hex(COPY));
    const taken = await take();
    const bytes = await bytesOf(taken);
    expect([bytes.length, sha256Hex(bytes)]).toEqual([files[0]?.bytes, files[0]?.sha256]);
    expect(Buffer.compare(await decrypted(bytes), COPY)).toBe(0);
    const signature = await bytesOf(await take("ada", { file: "m.onnx.sig" }));
    expect(Buffer.from(await decrypted(signature)).toString()).toBe("signed");
    const told = (await lines()).slice(2).map(({ type, entry }) => [type, entry["by"], entry["recipient"]]);
    expect(told).toEqual([
      ["get", "tester", "ada"],
      ["deposited", "tester", "ada"],
      ["download", "gateway", "ada"],
      ["download", "gateway", "ada"],
    ]);
    expect((await lines())[4]?.entry).toMatchObject({ account: "key 1", sha256: files[0]?.sha256 });
    await auditVault(vault(), await readIndex(vault()));
  });

  it("takes the place of the one before, and leaves nothing when it is taken back", async () => {
    const before = await deposit();
    const reading = await take();
    const after = await deposit();
    expect((await readIndex(vault())).handOuts).toEqual([after]);
    expect(objects()).toHaveLength(3);
    // Who had begun to fetch the one before gets all of it.
    expect(sha256Hex(await bytesOf(reading))).toBe(before.files[0]?.sha256);
    expect(await withdrawCopy(vault(), { name: "m", customer: "ada", clock })).toEqual(after);
    expect(objects()).toHaveLength(1);
    expect(await thrownCode(() => take())).toBe("VAULT_HANDOUT_UNKNOWN");
    expect(await thrownCode(() => withdrawCopy(vault(), { name: "m", customer: "ada", clock }))).toBe(
      "VAULT_HANDOUT_UNKNOWN",
    );
    expect((await lines()).at(-1)).toMatchObject({ type: "withdrawn", entry: { recipient: "ada" } });
  });

  it("is nobody else's, and is no other file than its own", async () => {
    await deposit();
    for (const [customer, file] of [
      ["bob", null],
      ["ada", "m.onnx"],
      ["ada", "../vault.json"],
    ] as const)
      expect(await thrownCode(() => take(customer, { file }))).toBe("VAULT_HANDOUT_UNKNOWN");
    expect((await lines()).some(({ type }) => type === "download")).toBe(false);
  });

  it("can be fetched until it expires", async () => {
    const expires = "2026-12-01T00:00:00.000Z";
    await deposit({ expires });
    await (await take("ada", { now: new Date(Date.parse(expires) - 1) })).stream.cancel();
    for (const find of [take, findHere])
      expect(await thrownCode(() => find("ada", { now: new Date(expires) }))).toBe("VAULT_HANDOUT_EXPIRED");
    expect(await thrownCode(() => deposit({ expires: NOW.toISOString() }))).toBe("VAULT_DATE");
  });

  it("is not begun where its bytes are others, and not ended where they change meanwhile", async () => {
    const { files } = await deposit();
    const object = path.join(vault(), "objects", files[0]?.object ?? "");
    const whole = readFileSync(object);
    const other = Buffer.from(whole);
    other[whole.length - 9] = (other[whole.length - 9] ?? 0) ^ 1;
    const reading = await take();
    for (const bytes of [other, whole.subarray(1), Buffer.concat([whole, whole])]) {
      writeFileSync(object, bytes);
      expect(await thrownCode(() => take())).toBe("VAULT_OBJECT_CHANGED");
    }
    writeFileSync(object, other);
    expect(await thrownCode(() => bytesOf(reading))).toBe("VAULT_OBJECT_CHANGED");
    expect((await lines()).filter(({ type }) => type === "download")).toHaveLength(1);
    rmSync(object);
    expect(await thrownCode(() => take())).toBe("VAULT_OBJECT_MISSING");
  });

  it("outlives a rotation, which concerns what is the owner's", async () => {
    const { files } = await deposit();
    await rotateVault(vault(), { lock: { ...toOwner, recipients: [encryptTo] }, unlock, clock });
    expect(sha256Hex(await bytesOf(await take()))).toBe(files[0]?.sha256);
    await auditVault(vault(), await readIndex(vault()));
  });

  it("is noted as failed where it could not be made, and leaves nothing", async () => {
    const write = (): Promise<never> => Promise.reject(new Error("no mark fits"));
    await expect(deposit({ mark: { payload: "ada", write } })).rejects.toThrow("no mark fits");
    expect(await thrownCode(() => deposit({ customer: "../ada" }))).toBe("VAULT_NAME");
    expect(await thrownCode(() => deposit({ encryptTo: "age1x" }))).toBe("VAULT_RECIPIENT");
    expect((await lines()).slice(2).map(({ type }) => type)).toEqual(["get", "failed"]);
    expect(objects()).toHaveLength(1);
  });
});

const findHere = (customer: string, { now }: { readonly now: Date }): Promise<unknown> =>
  findHandOut(vault(), { name: "m", customer, file: null, clock: () => now });

describe("the index of a vault", () => {
  it("of before there were hand-outs is read, and written as it was", async () => {
    const file = path.join(vault(), INDEX_FILE);
    const before = readFileSync(file);
    expect(before.includes("handOuts")).toBe(false);
    const index = await readIndex(vault());
    expect(index.handOuts).toEqual([]);
    await writeIndex(vault(), index);
    expect(Buffer.compare(readFileSync(file), before)).toBe(0);
    expect(statSync(file).size).toBe(canonicalBytes({ ...index, handOuts: undefined }).length);
  });

  it("has no hand-out of which the log knows nothing", async () => {
    await deposit();
    const index = await readIndex(vault());
    const [real] = index.handOuts;
    if (real === undefined) throw new Error("nothing was deposited");
    const hash = sha256Hex(Buffer.from("another"));
    const changes: readonly Partial<HandOut>[] = [
      { customer: "bob" },
      { copy: hash },
      { expires: "2030-01-01T00:00:00Z" },
      { encryptedTo: "age1other" },
      { files: real.files.map((file) => ({ ...file, sha256: hash })) },
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...changes), async (change) => {
        const forged: VaultIndex = { ...index, handOuts: [{ ...real, ...change }] };
        expect(await thrownCode(() => auditVault(vault(), forged))).toBe("VAULT_AUDIT_DIFFERS");
      }),
      { numRuns: changes.length * 3 },
    );
    await withdrawCopy(vault(), { name: "m", customer: "ada", clock });
    const later = await readIndex(vault());
    expect(await thrownCode(() => auditVault(vault(), { ...later, handOuts: [real] }))).toBe(
      "VAULT_AUDIT_DIFFERS",
    );
  });
});
