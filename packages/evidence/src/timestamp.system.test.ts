import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { localAuthority } from "@indicia/testkit/local-authority";
import { afterAll, beforeAll, expect, it } from "vitest";
import { sha256Hex } from "./canonical.js";
import { codeOf } from "./test-support/codes.js";
import { timestampRequest } from "./timestamp-request.js";
import { verifyTimestamp } from "./timestamp-verify.js";
import { certificatesOfPem } from "./x509-certificate.js";

const DOCUMENT = Buffer.from('{"what":"a registration"}');
const IMPRINT = Buffer.from(sha256Hex(DOCUMENT), "hex");
const NONCE = new Uint8Array(16).fill(200);

let folder: string;
const at = (name: string): string => path.join(folder, name);
const openssl = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  promisify(execFile)("openssl", args, { cwd: folder });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "indicia-openssl-"));
  await writeFile(at("document"), DOCUMENT);
  await writeFile(at("request.tsq"), timestampRequest({ imprint: IMPRINT, nonce: NONCE }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Configuration of `openssl ts -reply`; the two digests of ESSCertID are an option of it. */
const config = (ess: string): string => `
[tsa]
default_tsa = one
[one]
serial = ${at("serial")}
crypto_device = builtin
signer_cert = ${at("tsa.pem")}
signer_key = ${at("tsa.key")}
certs = ${at("middle.pem")}
signer_digest = sha512
default_policy = 1.2.3.4
digests = sha256
accuracy = secs:1, millisecs:500
ordering = yes
ess_cert_id_chain = no
ess_cert_id_alg = ${ess}
`;

/** A root, an authority below it, and a signer of timestamps below that. */
async function makeAuthority(kind: readonly string[]): Promise<void> {
  const extensions = `
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[signer]
basicConstraints = CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
`;
  await writeFile(at("extensions"), extensions);
  const make = async (name: string, issuer: string | null, section: string): Promise<void> => {
    const request = [
      "-nodes",
      "-subj",
      `/O=Local/CN=${name}`,
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
    ];
    await openssl("req", "-newkey", ...kind, ...request);
    const by =
      issuer === null ? ["-signkey", `${name}.key`] : ["-CA", `${issuer}.pem`, "-CAkey", `${issuer}.key`];
    const more = ["-days", "30", "-extfile", "extensions", "-extensions", section, "-out", `${name}.pem`];
    await openssl("x509", "-req", "-in", `${name}.csr`, ...by, "-CAcreateserial", ...more);
  };
  await make("root", null, "ca");
  await make("middle", "root", "ca");
  await make("tsa", "middle", "signer");
}

it.each([
  ["RSA", ["rsa:2048"]],
  ["P-384", ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"]],
])("an answer of openssl ts is verified, whichever digest names the certificate: %s", async (_, kind) => {
  await makeAuthority(kind);
  const roots = certificatesOfPem(await readFile(at("root.pem"), "utf8"));
  const other = certificatesOfPem((await localAuthority()).rootPem);
  for (const ess of ["sha1", "sha256", "sha512"]) {
    await writeFile(at("tsa.conf"), config(ess));
    await writeFile(at("serial"), "01\n");
    const files = ["-queryfile", "request.tsq", "-out", "reply.tsr"];
    await openssl("ts", "-reply", "-config", "tsa.conf", "-section", "one", ...files);
    const bytes = new Uint8Array(await readFile(at("reply.tsr")));
    const found = verifyTimestamp(bytes, { imprint: IMPRINT, nonce: NONCE, roots });
    const expected = { accuracyMs: 1500, policy: "1.2.3.4", signer: { subject: "O=Local, CN=tsa" } };
    expect(found).toMatchObject(expected);
    expect(found.root?.subject).toBe("O=Local, CN=root");
    expect(codeOf(() => verifyTimestamp(bytes, { imprint: IMPRINT, roots: other }))).toBe("TIMESTAMP_CHAIN");
  }
});

it.each(["rsa", "ecdsa"] as const)(
  "openssl ts verifies what the local authority answers, %s",
  async (kind) => {
    const authority = await localAuthority({ kind });
    const request = timestampRequest({ imprint: IMPRINT, nonce: NONCE });
    await writeFile(at("local.tsr"), await authority.answer(request, new Date()));
    await writeFile(at("local.pem"), authority.rootPem);
    const how = ["-in", "local.tsr", "-CAfile", "local.pem"];
    const byDocument = await openssl("ts", "-verify", "-data", "document", ...how);
    expect(byDocument.stdout + byDocument.stderr).toContain("Verification: OK");
    const byRequest = await openssl("ts", "-verify", "-queryfile", "request.tsq", ...how);
    expect(byRequest.stdout + byRequest.stderr).toContain("Verification: OK");
  },
);
