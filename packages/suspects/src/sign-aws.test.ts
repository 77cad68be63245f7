import { describe, expect, it } from "vitest";
import { awsSigner } from "./sign-aws.js";
import { SIGV4_SUITE } from "./test-support/recorded/aws-sigv4.js";

const { region, service, credentials, date, cases, token, withToken } = SIGV4_SUITE;
const now = (): Date => new Date(date);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("Signature Version 4", () => {
  it.each(cases)(
    "is AWS's own in the case $name",
    async ({ method, url, headers, body, signed, signature }) => {
      const sign = awsSigner({ region, service, credentials, now, checksum: false });
      expect(await sign({ method, url: new URL(url), headers, body: bytes(body) })).toEqual({
        "x-amz-date": "20150830T123600Z",
        authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=${signed}, Signature=${signature}`,
      });
    },
  );

  it("covers a session token", async () => {
    const session = { ...credentials, sessionToken: token };
    const sign = awsSigner({ region, service, credentials: session, now, checksum: false });
    const url = new URL("https://example.amazonaws.com/");
    const made = await sign({ method: "POST", url, headers: {}, body: bytes("") });
    expect(made["x-amz-security-token"]).toBe(token);
    expect(made["authorization"]).toContain(`Signature=${withToken}`);
  });

  it("covers the body, and says its hash", async () => {
    const sign = awsSigner({ region, service, credentials, now });
    const request = { method: "POST", url: new URL("https://example.amazonaws.com/"), headers: {} };
    const one = await sign({ ...request, body: bytes("") });
    const other = await sign({ ...request, body: bytes("1") });
    // SHA-256 of nothing.
    expect(one["x-amz-content-sha256"]).toBe(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    expect(other["authorization"]).not.toBe(one["authorization"]);
  });
});
