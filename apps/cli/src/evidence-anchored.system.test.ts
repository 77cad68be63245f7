import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { ConclusionFile } from "@indicia/evidence/conclusion-format";
import { localChain } from "@indicia/testkit/local-chain";
import { type ServedAuthority, serveAuthority } from "@indicia/testkit/serve-authority";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "./demo/programs.js";
import { call, done } from "./test-support/in-process.js";
import { GATEWAY, type Owner, REFERENCE, registeredOwner, testModel } from "./test-support/owner.js";
import { discloseAndUnpack, followInstructions, recomputedLnP } from "./test-support/unpacked.js";

const folder = mkdtempSync(path.join(tmpdir(), "indicia-authority-"));
const openssl = (...args: string[]): Promise<unknown> =>
  promisify(execFile)("openssl", args, { cwd: folder });
const put = (name: string, text: string): void => writeFileSync(path.join(folder, name), text);
const { info, publish } = localChain(3);

/** openssl as a timestamp authority: a root and, below it, a signer that is good for timestamps alone. */
async function makeAuthority(): Promise<void> {
  put(
    "extensions",
    "[ca]\nbasicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign\n" +
      "[tsa]\nbasicConstraints = CA:FALSE\nkeyUsage = critical, digitalSignature\nextendedKeyUsage = critical, timeStamping\n",
  );
  for (const [name, section, by] of [
    ["root", "ca", ["-signkey", "root.key"]],
    ["signer", "tsa", ["-CA", "root.pem", "-CAkey", "root.key", "-CAcreateserial"]],
  ] as const) {
    const request = [
      "-nodes",
      "-subj",
      `/O=Open/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
    ];
    await openssl("req", "-newkey", "rsa:2048", ...request);
    const made = ["-days", "30", "-extfile", "extensions", "-extensions", section, "-out", `${name}.pem`];
    await openssl("x509", "-req", "-in", `${name}.csr`, ...by, ...made);
  }
  put("serial", "01\n");
  put(
    "tsa.conf",
    "[tsa]\ndefault_tsa = one\n[one]\nserial = serial\nsigner_cert = signer.pem\nsigner_key = signer.key\n" +
      "signer_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256\naccuracy = secs:1\ness_cert_id_alg = sha256\n",
  );
}

async function answer(request: Uint8Array): Promise<Uint8Array> {
  writeFileSync(path.join(folder, "request.tsq"), request);
  await openssl("ts", "-reply", "-config", "tsa.conf", "-queryfile", "request.tsq", "-out", "reply.tsr");
  return readFileSync(path.join(folder, "reply.tsr"));
}

let authority: ServedAuthority;
let owner: Owner;

/** A bundle about an endpoint, under a timestamp of openssl and a beacon. */
beforeAll(async () => {
  await makeAuthority();
  authority = await serveAuthority({ answer }, () => new Date());
  writeFileSync(path.join(folder, "chain.json"), info);
  const roots = ["--tsa-ca", path.join(folder, "root.pem")];
  const chain = ["--beacon", path.join(folder, "chain.json")];
  const anchor = ["--tsa", authority.url, "--allow-private", ...roots, ...chain];
  owner = await registeredOwner({ mark: false, registering: anchor });
  const registered = readFileSync(owner.at("registration/registration.json"), "utf8");
  const [, round = ""] = /"round":(\d+)/.exec(registered) ?? [];
  writeFileSync(owner.at("round.json"), publish(Number(round)));
  const beacon = ["--beacon", owner.at("round.json")];
  const own = [...owner.registration, ...owner.key, ...beacon];
  await done("mark", testModel("glyphs"), ...own, "--readout", "0.15", "--out", owner.at("released.onnx"));
  const gateway = await startServer(GATEWAY, ["--model", owner.at("released.onnx"), "--name", "m"]);
  const asking = ["--allow-private", "--rate", "1000", "--budget", "256", "--full"];
  const url = `${gateway.address}/v2/models/m`;
  await done("examine", url, ...owner.claim, ...asking, "--out", owner.at("evidence.zip"));
  await gateway.stop();
  await discloseAndUnpack(owner);
}, 240_000);
afterAll(async () => {
  await authority.close();
  owner.remove();
  rmSync(folder, { recursive: true });
});

describe("a bundle about an endpoint, dated by openssl ts and salted by a beacon", () => {
  it("is checked by the commands of its own VERIFY.md, timestamp and round among them", async () => {
    const printed = await followInstructions(owner);
    expect(printed).toMatch(/0\.tsr says: \w+ +\d+ [\d:]+ \d{4} GMT/);
    expect(printed).toMatch(
      /^holds: registration\/timestamps\/0\.tsr dates the registration, by a registered root$/m,
    );
    expect(printed).toMatch(/^holds: chance came with the round that was registered, "round":\d+$/m);
    expect(printed).not.toContain("FAILS");
    expect(printed.match(/^\w.*jsonl is unbroken$/gm)).toHaveLength(4);
  });

  it("gives the stated ln p to its own hundred lines of JavaScript", async () => {
    const stated = conclusion().log10PIdeal * Math.LN10;
    expect(stated).toBeLessThan(-100);
    expect(Math.abs((await recomputedLnP(owner)) - stated)).toBeLessThanOrEqual(1e-9 * Math.abs(stated));
  });

  it("verifies, and its printed report names who dated it", async () => {
    const opening = ["--disclosure", owner.at("disclosure.age"), "--identity", owner.at("expert.txt")];
    const models = [...owner.registration, ...REFERENCE];
    const { exitCode, stderr } = await call(
      "evidence",
      "verify",
      owner.at("evidence.zip"),
      ...opening,
      ...models,
    );
    expect([exitCode, stderr]).toEqual([0, expect.not.stringMatching(/^(failed|not checked)/m)]);
    const { stdout } = await promisify(execFile)("pdftotext", ["-raw", owner.at("bundle/report.pdf"), "-"]);
    const text = stdout.replace(/\s+/g, " ");
    expect(text).toContain('by "O=Open, CN=signer"');
    expect(text).toContain('leads to the registered root "O=Open, CN=root"');
    for (const said of [conclusion().claim, ...conclusion().limits]) expect(text).toContain(said);
  });
});

function conclusion(): ConclusionFile {
  return JSON.parse(readFileSync(owner.at("bundle/conclusion.json"), "utf8")) as ConclusionFile;
}
