import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { canonicalBytes } from "./canonical.js";
import { openSecretRegister } from "./secret-register-file.js";
import { COMMITMENT, SECRET, SEEDS } from "./test-support/sample-secrets.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

const openssl = async (...args: string[]): Promise<string> =>
  (await promisify(execFile)("openssl", args, { cwd: folder })).stdout;

describe("a line of a register of trade secrets", () => {
  it("is signed so that openssl verifies it", async () => {
    const file = path.join(folder, "secrets.jsonl");
    const clock = (): Date => new Date(Date.UTC(2026, 1, 1));
    const register = await openSecretRegister(file, { registration: COMMITMENT, seeds: SEEDS, clock });
    await register.add([SECRET]);
    await register.close();
    const [begin, line] = readFileSync(file, "utf8").trimEnd().split("\n");
    const { body, ...place } = JSON.parse(line ?? "") as { body: { entry: unknown; signature: string } };
    const key = (JSON.parse(begin ?? "") as { body: { entry: { binding: { p256: string } } } }).body.entry
      .binding;
    const payload = Buffer.from(canonicalBytes({ ...place, body: body.entry }));
    const type = "application/vnd.indicia.secrets-line+json; version=1";
    writeFileSync(
      path.join(folder, "signed"),
      Buffer.concat([Buffer.from(`DSSEv1 ${type.length} ${type} ${payload.length} `), payload]),
    );
    writeFileSync(path.join(folder, "signature"), Buffer.from(body.signature, "base64"));
    const spki = `3059301306072a8648ce3d020106082a8648ce3d030107034200${key.p256}`;
    writeFileSync(path.join(folder, "key.der"), Buffer.from(spki, "hex"));
    const given = ["-verify", "key.der", "-keyform", "DER", "-signature", "signature", "signed"];
    const told = await openssl("dgst", "-sha256", ...given);
    expect(told).toBe("Verified OK\n");
  });
});
