import { type LocalAuthority, LOCAL_POLICY, localAuthority } from "@indicia/testkit/local-authority";
import { beforeAll, describe, expect, it } from "vitest";
import { codeOf } from "./test-support/codes.js";
import { readTimestamp } from "./timestamp-read.js";
import { timestampRequest } from "./timestamp-request.js";
import { type TimestampExpectation, verifyTimestamp } from "./timestamp-verify.js";
import { certificatesOfPem } from "./x509-certificate.js";

const IMPRINT = new Uint8Array(32).fill(7);
const NONCE = Uint8Array.from({ length: 16 }, (_, i) => 255 - i);
const TIME = new Date("2025-03-01T12:00:00Z");

const ask = (authority: LocalAuthority, time: Date = TIME): Promise<Uint8Array> =>
  authority.answer(timestampRequest({ imprint: IMPRINT, nonce: NONCE }), time);

let rsa: LocalAuthority;
let ecdsa: LocalAuthority;
let token: Uint8Array;
let expected: TimestampExpectation;
beforeAll(async () => {
  rsa = await localAuthority();
  ecdsa = await localAuthority({ kind: "ecdsa", name: "Local Curves" });
  token = await ask(rsa);
  expected = { imprint: IMPRINT, nonce: NONCE, roots: certificatesOfPem(rsa.rootPem) };
});

describe("a timestamp", () => {
  it.each(["rsa", "ecdsa"] as const)("holds, signed by %s", async (kind) => {
    const authority = kind === "rsa" ? rsa : ecdsa;
    const roots = certificatesOfPem(`for people\n${rsa.rootPem}\n${ecdsa.rootPem}`);
    const found = verifyTimestamp(await ask(authority), { ...expected, roots });
    expect(found).toMatchObject({ time: TIME.toISOString(), accuracyMs: 1000, policy: LOCAL_POLICY });
    expect(found.root?.subject).toBe(kind === "rsa" ? "CN=Local Timestamps Root" : "CN=Local Curves Root");
    expect(found.signer.subject).toBe(kind === "rsa" ? "CN=Local Timestamps" : "CN=Local Curves");
  });

  it("is under the policy that was asked for", async () => {
    const policy = "1.3.6.1.4.1.32473.9";
    const answer = await rsa.answer(timestampRequest({ imprint: IMPRINT, nonce: NONCE, policy }), TIME);
    expect(verifyTimestamp(answer, { ...expected, policy }).policy).toBe(policy);
    expect(codeOf(() => verifyTimestamp(token, { ...expected, policy }))).toBe("TIMESTAMP_POLICY");
  });

  it("has no root where none was given", () => {
    expect(verifyTimestamp(token, { ...expected, roots: [] }).root).toBeNull();
  });

  it("dates nothing else, and answers no other request", () => {
    const imprint = new Uint8Array(32).fill(8);
    expect(codeOf(() => verifyTimestamp(token, { ...expected, imprint }))).toBe("TIMESTAMP_IMPRINT");
    const nonce = NONCE.toReversed();
    expect(codeOf(() => verifyTimestamp(token, { ...expected, nonce }))).toBe("TIMESTAMP_NONCE");
  });

  it("leads to no root of somebody else, nor to its own one at another time", async () => {
    const roots = certificatesOfPem(ecdsa.rootPem);
    expect(codeOf(() => verifyTimestamp(token, { ...expected, roots }))).toBe("TIMESTAMP_CHAIN");
    const late = await ask(rsa, new Date("2041-01-01T00:00:00Z"));
    expect(codeOf(() => verifyTimestamp(late, expected))).toBe("TIMESTAMP_CHAIN");
    const impostor = await localAuthority();
    const roots2 = certificatesOfPem(impostor.rootPem);
    expect(codeOf(() => verifyTimestamp(token, { ...expected, roots: roots2 }))).toBe("TIMESTAMP_CHAIN");
  });

  it.each([
    ["not critical", { purposes: ["1.3.6.1.5.5.7.3.8"], critical: false }],
    ["for other uses too", { purposes: ["1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.1"], critical: true }],
    ["for servers", { purposes: ["1.3.6.1.5.5.7.3.1"], critical: true }],
  ])("is refused from a certificate that is %s", async (_, usage) => {
    const answer = await ask(await localAuthority({ kind: "ecdsa", usage }));
    expect(codeOf(() => verifyTimestamp(answer, { ...expected, roots: [] }))).toBe("TIMESTAMP_USAGE");
  });

  it("is refused where the signature names another certificate", async () => {
    const answer = await ask(await localAuthority({ kind: "ecdsa", binding: rsa }));
    expect(codeOf(() => verifyTimestamp(answer, { ...expected, roots: [] }))).toBe("TIMESTAMP_BINDING");
  });

  it("says why an authority refused", async () => {
    const request = timestampRequest({ imprint: IMPRINT, nonce: NONCE });
    const at = Buffer.from(request).indexOf(Buffer.from("608648016503040201", "hex"));
    request[at + 8] = 3;
    const answer = await rsa.answer(request, TIME);
    expect(() => verifyTimestamp(answer, expected)).toThrow("only SHA-256 is dated here");
    expect(codeOf(() => verifyTimestamp(answer, expected))).toBe("TIMESTAMP_REFUSED");
  });

  it("does not survive a changed byte", () => {
    const codes = new Map<string, number>();
    const whole = verifyTimestamp(token, expected);
    for (let at = 0; at < token.length; at += 9) {
      const changed = token.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const code = codeOf(() => {
        // Bytes that nothing vouches for may change nothing that is said.
        expect(verifyTimestamp(changed, expected)).toEqual(whole);
      });
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect([...codes.keys()]).not.toContain("other");
    expect(codes.get("none") ?? 0).toBeLessThan(token.length / 90);
    for (const code of ["TIMESTAMP_MALFORMED", "TIMESTAMP_SIGNATURE", "TIMESTAMP_BINDING"])
      expect(codes.get(code)).toBeGreaterThan(0);
  });

  it("is refused when bytes follow it, and when it is anything else", () => {
    expect(codeOf(() => readTimestamp(Uint8Array.of(...token, 0)))).toBe("TIMESTAMP_MALFORMED");
    for (const bytes of [new Uint8Array(0), new Uint8Array(300_000), Buffer.from("<html>")])
      expect(codeOf(() => readTimestamp(bytes))).toBe("TIMESTAMP_MALFORMED");
  });
});

describe("a file of roots", () => {
  it("has certificates, whole ones", () => {
    expect(certificatesOfPem(rsa.rootPem)[0]?.subject).toBe("CN=Local Timestamps Root");
    for (const text of ["", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"])
      expect(codeOf(() => certificatesOfPem(text))).toBe("CERTIFICATE_MALFORMED");
  });
});
