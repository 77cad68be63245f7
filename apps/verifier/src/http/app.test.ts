import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestService, type TestService } from "../test-support/test-service.js";

let service: TestService;
beforeAll(async () => {
  service = await openTestService();
});
afterAll(() => service.close());

test("whoever is not signed in is told so as a problem, with the headers of every answer", async () => {
  const answer = await service.call("nobody", "/session");
  expect(answer.status).toBe(401);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("content-security-policy")).toContain("script-src 'self';");
  expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  expect(await answer.json()).toMatchObject({ status: 401, code: "SIGN_IN_REQUIRED" });
});

test("what is not there is not found, for those who are signed in", async () => {
  expect((await service.call("viewer", "/nothing")).status).toBe(404);
  expect((await service.call("nobody", "/nothing")).status).toBe(401);
});
