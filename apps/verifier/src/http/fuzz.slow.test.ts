import { type ApiDocument, fuzzApi } from "@indicia/testkit/fuzz-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keyOf, openTestService, type TestService, userIdOf } from "../test-support/test-service.js";

const SPARE = [userIdOf("admin")];
const ROUNDS = { signedIn: 30, nobody: 4 };
let service: TestService;
let document: ApiDocument;
beforeAll(async () => {
  service = await openTestService();
  document = (await (await service.call("admin", "/openapi.json")).json()) as ApiDocument;
});
afterAll(() => service.close());

async function send(signedIn: boolean, path: string, init: RequestInit): Promise<Response> {
  const headers = new Headers(init.headers);
  if (signedIn) headers.set("authorization", `Bearer ${keyOf("admin")}`);
  return await service.fetch(path, { ...init, headers });
}

test("no request is a fault of the service, and nobody learns anything without signing in", async () => {
  const found = await fuzzApi({ document, send, seed: "1", rounds: ROUNDS, spare: SPARE });
  expect(found.faults).toEqual([]);
  expect(found.leaks).toEqual([]);
  // It reached what lies behind the schemas, and the one who asked was never shut out.
  expect(found.accepted).toBeGreaterThan(found.operations * 5);
  expect((await service.call("admin", "/session")).status).toBe(200);
});

test("who signs in with something else than what lets in is nobody", async () => {
  for (const authorization of [
    "Bearer x",
    `Bearer ivk_${"0".repeat(12)}_${"B".repeat(43)}`,
    "Basic YTpi",
    "x",
  ])
    for (const path of Object.keys(document.paths)) {
      const answer = await service.fetch(path.replaceAll(/\{\w+\}/g, "x"), { headers: { authorization } });
      expect({ path, status: answer.status }).toEqual({ path, status: 401 });
    }
});
