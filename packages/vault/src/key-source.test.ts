import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { thrownCode } from "@indicia/testkit/thrown-code";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { afterAll, describe, expect, it } from "vitest";
import { ageUnwrap, ageWrap } from "./age-keys.js";
import { type KeySource, readIdentities, readPassphrase } from "./key-source.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-keys-"));
afterAll(() => rmSync(folder, { recursive: true }));

const identity = await generateX25519Identity();
const text = `# created: today\n# public key: age1...\n${identity}\n`;
const file = path.join(folder, "key.txt");
writeFileSync(file, text, { mode: 0o600 });
const printing = (what: string): KeySource => ({
  kind: "command",
  program: process.execPath,
  arguments: ["-e", `process.stdout.write(${JSON.stringify(what)})`],
});

describe("identities", () => {
  it.each<[string, KeySource]>([
    ["a file", { kind: "file", path: file }],
    ["an environment variable", { kind: "environment", name: "KEY" }],
    ["a command", printing(text)],
  ])("come from %s", async (_, source) => {
    expect(await readIdentities(source, { KEY: identity })).toEqual({
      kind: "identities",
      identities: [identity],
    });
  });

  it("come from no file that others may read, and from nothing else", async () => {
    const open = path.join(folder, "open.txt");
    writeFileSync(open, text, { mode: 0o644 });
    expect(await thrownCode(() => readIdentities({ kind: "file", path: open }))).toBe("VAULT_KEY_MODE");
    expect(await thrownCode(() => readIdentities(printing("hello")))).toBe("VAULT_KEY_MALFORMED");
    expect(await thrownCode(() => readIdentities({ kind: "environment", name: "KEY" }, {}))).toBe(
      "VAULT_KEY_MISSING",
    );
    const failing: KeySource = {
      kind: "command",
      program: process.execPath,
      arguments: ["-e", `console.log("${identity}"); process.exit(3)`],
    };
    const error: unknown = await readIdentities(failing).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "VAULT_KEY_COMMAND" });
    expect(String(error)).not.toContain(identity);
  });
});

it("a passphrase is taken as it is printed, but for its newline", async () => {
  expect(await readPassphrase(printing(" correct horse \n"))).toEqual({
    kind: "passphrase",
    passphrase: " correct horse ",
  });
  expect(await thrownCode(() => readPassphrase(printing("\n")))).toBe("VAULT_KEY_MISSING");
});

it("keys of other things are wrapped for recipients and for nobody else", async () => {
  const recipient = await identityToRecipient(identity);
  const key = Uint8Array.from({ length: 32 }, (_, i) => i);
  const wrapped = await ageWrap({ kind: "recipients", recipients: [recipient] })(key);
  expect(await ageUnwrap({ kind: "identities", identities: [identity] })(wrapped)).toEqual(key);
  const other = await generateX25519Identity();
  expect(await ageUnwrap({ kind: "identities", identities: [other] })(wrapped)).toBeNull();
  expect(await thrownCode(() => ageWrap({ kind: "recipients", recipients: ["age1x"] }))).toBe(
    "VAULT_RECIPIENT",
  );
});
