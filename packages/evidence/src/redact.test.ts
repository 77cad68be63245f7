import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isSecretName, redactHeaders, redactText, redactUrl } from "./redact.js";

describe("redaction", () => {
  it.each([
    "Authorization",
    "Proxy-Authorization",
    "Cookie",
    "Set-Cookie",
    "X-Api-Key",
    "api_key",
    "apikey",
    "ApiKey",
    "Ocp-Apim-Subscription-Key",
    "X-Amz-Security-Token",
    "X-Amz-Signature",
    "X-Amz-Credential",
    "x-goog-api-key",
    "X-Auth-Token",
    "accessToken",
    "access_token",
    "refreshtoken",
    "client_secret",
    "password",
    "sig",
    "SessionId",
    "X-CSRF-Token",
    "key",
  ])("takes %s for the name of a secret", (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    "content-type",
    "accept",
    "user-agent",
    "max_tokens",
    "x-request-id",
    "etag",
    "model",
    "keyboard",
    "design",
  ])("takes %s for a plain name", (name) => {
    expect(isSecretName(name)).toBe(false);
  });

  it("keeps plain headers and replaces secret ones", () => {
    const headers = {
      Authorization: "Bearer abc",
      "Content-Type": "application/json",
      Location: "https://u:p@host.example/x?token=abc",
      "X-Note": "half \ud83d pair",
    };
    expect(redactHeaders(headers)).toEqual({
      authorization: "redacted",
      "content-type": "application/json",
      location: "https://redacted@host.example/x?token=redacted",
      "x-note": "half \u{fffd} pair",
    });
  });

  it.each([
    ["https://user:pass@host.example/v1/x?a=1", "https://redacted@host.example/v1/x?a=1"],
    ["https://user:p@ss@host.example/x", "https://redacted@host.example/x"],
    [
      "https://host.example/x?api_key=abc&q=%20b&sig=d%26e",
      "https://host.example/x?api_key=redacted&q=%20b&sig=redacted",
    ],
    ["https://host.example/x?access%5Ftoken=abc", "https://host.example/x?access%5Ftoken=redacted"],
    ["https://host.example/x?token", "https://host.example/x?token"],
    ["https://host.example/x?a=b@c#access_token=abc", "https://host.example/x?a=b@c"],
    ["/relative?key=abc", "/relative?key=redacted"],
    ["https://host.example/a@b?x=%zz&%zz=1", "https://host.example/a@b?x=%zz&%zz=1"],
  ])("redacts %s", (url, expected) => {
    expect(redactUrl(url)).toBe(expected);
  });

  it("takes credentials out of free text", () => {
    expect(redactText("GET http://a:b@h/ failed, then http://h/x@y")).toBe(
      "GET http://redacted@h/ failed, then http://h/x@y",
    );
  });

  it("never lets a secret through, whatever stands around it", () => {
    const word = fc.stringMatching(/^[a-z]{1,6}$/);
    fc.assert(
      fc.property(word, word, word, (user, path, name) => {
        const url = `https://${user}:SECRET@host.example/${path}?${name}=1&api-key=SECRET#SECRET`;
        expect(redactUrl(url)).not.toContain("SECRET");
      }),
    );
  });
});
