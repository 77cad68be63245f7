import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { tinyClassifier } from "@indicia/testkit/tiny-classifier";
import { afterAll, describe, expect, it } from "vitest";
import { addModel } from "./add-model.js";
import { getModel } from "./get-model.js";
import { readIdentities } from "./key-source.js";
import { readObject, storeObject } from "./objects.js";
import { openVaultModel } from "./open-model.js";
import { readIndex } from "./vault-index.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-age-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => path.join(folder, name);
const clock = (): Date => new Date();
const tiny = tinyClassifier();

/** A key of the real age-keygen. */
function keygen(name: string): string {
  execFileSync("age-keygen", ["-o", at(name)], { stdio: "ignore" });
  return execFileSync("age-keygen", ["-y", at(name)], { encoding: "utf8" }).trim();
}

describe("beside the real age", () => {
  it("its keys open our models, and it opens them itself", async () => {
    const recipient = keygen("owner.txt");
    writeFileSync(at("m.onnx"), tiny.bytes);
    const vault = at("vault");
    const lock = { kind: "recipients", recipients: [recipient] } as const;
    await addModel(vault, { name: "m", model: at("m.onnx"), lock, signing: null, clock });
    const unlock = await readIdentities({ kind: "file", path: at("owner.txt") });
    expect(
      Buffer.compare((await openVaultModel(vault, { name: "m", unlock, clock })).bytes, tiny.bytes),
    ).toBe(0);
    const object = (await readIndex(vault)).models[0]?.model.object ?? "";
    const plain = execFileSync("age", ["-d", "-i", at("owner.txt"), path.join(vault, "objects", object)]);
    expect(Buffer.compare(plain, tiny.bytes)).toBe(0);
  });

  it("opens what is handed out to its keys", async () => {
    const [vault, customer] = [at("vault"), keygen("customer.txt")];
    const unlock = await readIdentities({ kind: "file", path: at("owner.txt") });
    const out = at("copy.onnx");
    await getModel(vault, { name: "m", unlock, recipient: "customer", encryptTo: customer, out, clock });
    const plain = execFileSync("age", ["-d", "-i", at("customer.txt"), `${out}.age`]);
    expect(Buffer.compare(plain, tiny.bytes)).toBe(0);
  });

  it("writes what we read, of many chunks and with several recipients", async () => {
    const recipients = ["a.txt", "b.txt"].map(keygen);
    const bytes = Buffer.alloc(3 * 65_536 + 17, 7);
    writeFileSync(at("plain"), bytes);
    const to = recipients.flatMap((recipient) => ["-r", recipient]);
    const lock = { kind: "recipients", recipients } as const;
    const { object, ...passed } = await storeObject(at("vault"), new Blob([bytes]).stream(), lock);
    execFileSync("age", [...to, "-o", path.join(at("vault"), "objects", object), at("plain")]);
    for (const name of ["a.txt", "b.txt"]) {
      const unlock = await readIdentities({ kind: "file", path: at(name) });
      let length = 0;
      await readObject(
        at("vault"),
        { object, ...passed },
        {
          unlock,
          take: async (stream) => {
            for await (const chunk of stream) length += chunk.length;
          },
        },
      );
      expect(length).toBe(bytes.length);
    }
    expect(readFileSync(at("plain"))).toHaveLength(bytes.length);
  });
});
