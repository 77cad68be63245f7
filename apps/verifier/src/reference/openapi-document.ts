import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Env } from "../http/env.js";

/** Of the API, not of the program: it counts up where something is taken out of `/api/v1`. */
const VERSION = "1.0.0";

/** A document of OpenAPI 3.1, as plain JSON. */
export type OpenApiDocument = ReturnType<OpenAPIHono<Env>["getOpenAPI31Document"]>;

/** The API in OpenAPI 3.1, from the schemas that its routes are held to. */
export function openApiDocument(app: OpenAPIHono<Env>): OpenApiDocument {
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Indicia verifier",
      version: VERSION,
      description:
        "A service in which a team runs investigations. Errors are problem+json (RFC 9457) with a code and a hint. Lists come " +
        "in pages. A single thing has an ETag; send it as If-Match with a change, so that nobody's change is lost. A POST " +
        "that makes something can be repeated safely under the same Idempotency-Key for a day. Changes that come with a " +
        "session carry the `csrf` of `GET /api/v1/session` as `x-csrf-token`; those with an API key need none.",
    },
    security: [{ key: [] }, { session: [] }],
  });
}

/** Say how requests show who sends them. */
export function describeSecurity(app: OpenAPIHono<Env>, cookie: string): void {
  const { openAPIRegistry } = app;
  openAPIRegistry.registerComponent("securitySchemes", "key", {
    type: "http",
    scheme: "bearer",
    description: "An API key, from `POST /api/v1/keys`",
  });
  openAPIRegistry.registerComponent("securitySchemes", "session", {
    type: "apiKey",
    in: "cookie",
    name: cookie,
  });
}
