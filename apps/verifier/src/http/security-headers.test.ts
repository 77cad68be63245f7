import { Hono } from "hono";
import { expect, test } from "vitest";
import type { Env } from "./env.js";
import { securityHeaders } from "./security-headers.js";

const app = new Hono<Env>();
app.use(securityHeaders(true));
app.get("/api/raw", () => new Response("raw"));
app.get("/api/own", (c) => c.body("own", 200, { "cache-control": "no-store" }));
app.get("/page", (c) => c.text("page"));

test.each([
  { path: "/api/raw", cache: "private, no-cache" },
  { path: "/api/own", cache: "no-store" },
  { path: "/page", cache: null },
])("$path is bound, and kept as its handler says", async ({ path, cache }) => {
  const { headers } = await app.request(path);
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(headers.get("strict-transport-security")).toBe("max-age=31536000");
  expect(headers.get("x-frame-options")).toBe("DENY");
  expect(headers.get("cache-control")).toBe(cache);
});
