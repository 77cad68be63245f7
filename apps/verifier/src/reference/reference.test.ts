import { afterAll, beforeAll, expect, test } from "vitest";
import { openTestService, type TestService } from "../test-support/test-service.js";

let service: TestService;
beforeAll(async () => {
  service = await openTestService();
});
afterAll(() => service.close());

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<
    Record<string, Readonly<Record<string, { readonly summary?: string; readonly responses: object }>>>
  >;
  readonly components: { readonly schemas: object; readonly securitySchemes: object };
}

test("the document names every operation, with a summary and what is answered", async () => {
  const refused = await service.call("nobody", "/openapi.json");
  expect(refused.status).toBe(401);
  const document = (await (await service.call("viewer", "/openapi.json")).json()) as Document;
  expect(document.openapi).toBe("3.1.0");
  expect(Object.keys(document.components.securitySchemes)).toEqual(["key", "session"]);
  for (const path of ["session", "users", "keys", "owner-keys", "audit", "audit/check"])
    expect(document.paths).toHaveProperty([`/api/v1/${path}`]);
  for (const [path, operations] of Object.entries(document.paths))
    for (const [method, { summary, responses }] of Object.entries(operations)) {
      expect({ method, path, summary, responses }).toMatchObject({
        summary: expect.any(String),
        responses: { default: expect.anything() },
      });
    }
});

test("the reference loads nothing from elsewhere, and nothing inline", async () => {
  const page = await (await service.fetch("/api/reference")).text();
  const loaded = [...page.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address ?? "");
  expect(loaded.filter((address) => !address.startsWith("data:"))).toEqual([
    "/api/reference/swagger-ui.css",
    "/api/reference/swagger-ui-bundle.js",
    "/api/reference/start.js",
  ]);
  expect(page).not.toMatch(/<style|<script>|style=/);
  for (const address of loaded.filter((each) => !each.startsWith("data:")))
    expect((await service.fetch(address)).status).toBe(200);
  expect((await service.fetch("/api/reference/package.json")).status).toBe(404);
});
