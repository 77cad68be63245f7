import { describe, expect, it } from "vitest";
import { redirected } from "./redirect.js";

const request = {
  method: "POST",
  url: new URL("https://m.test:8443/infer?a=b"),
  headers: { "X-Key": "secret", Accept: "text/plain", "inference-header-content-length": "3" },
  body: Buffer.from("rows"),
} as const;
const refused: unknown = expect.objectContaining({ code: "SUSPECT_REDIRECT" });

describe("redirected", () => {
  it.each(["/there", "https://m.test:8443/there", "../there"])("keeps everything on one origin: %s", (to) => {
    expect(redirected(request, 307, to)).toEqual({ ...request, url: new URL("https://m.test:8443/there") });
  });

  it.each(["https://m.test/", "https://m.test:8444/", "https://n.m.test:8443/", "//m.test.evil.test:8443"])(
    "keeps only headers of the content on another origin: %s",
    (to) => {
      expect(redirected(request, 308, to)).toMatchObject({ method: "POST", body: request.body });
      expect(redirected(request, 308, to)?.headers).toEqual({
        Accept: "text/plain",
        "inference-header-content-length": "3",
      });
    },
  );

  it("never leaves https for http, and does go the other way", () => {
    expect(() => redirected(request, 307, "http://m.test:8443/")).toThrow(refused);
    const plain = { ...request, url: new URL("http://m.test/") };
    expect(redirected(plain, 307, "https://m.test/")?.url.href).toBe("https://m.test/");
  });

  it.each([301, 302, 303])("repeats with status %i only what has no body", (status) => {
    expect(() => redirected(request, status, "/there")).toThrow(refused);
    expect(redirected({ ...request, method: "GET" }, status, "/there")?.url.pathname).toBe("/there");
  });

  it.each([200, 300, 304, 305, 404])("is nothing for status %i", (status) => {
    expect(redirected(request, status, "/there")).toBeNull();
  });

  it("is nothing without a location, and refused where that is none", () => {
    expect(redirected(request, 307, undefined)).toBeNull();
    expect(() => redirected(request, 307, "https://")).toThrow(refused);
  });
});
