import { showFigures } from "@indicia/service/figures";
import { OpenAPIHono } from "@hono/zod-openapi";
import { bodyLimit } from "hono/body-limit";
import type { Hono } from "hono";
import type { Logger } from "pino";
import type { Admissions } from "../access/admissions.js";
import type { ClientAddress } from "../access/client-address.js";
import { VerifierError } from "../error.js";
import { describeSecurity, type OpenApiDocument, openApiDocument } from "../reference/openapi-document.js";
import { referenceRoutes } from "../reference/reference-routes.js";
import { etagged } from "./etag.js";
import { healthRoutes } from "../ops/health-routes.js";
import type { Metrics } from "../ops/metrics.js";
import type { Services } from "../services.js";
import { admit, sameOriginOnly, sessionCookie } from "./admit.js";
import { answerError } from "./answer-error.js";
import type { Env } from "./env.js";
import { FILE_PATHS, FROM_ROWS, PARTS } from "./parts.js";
import { problem } from "./problem.js";
import { rememberAnswers } from "./remember-answers.js";
import { requires } from "./requires.js";
import { securityHeaders } from "./security-headers.js";
import { watchRequests } from "./watch.js";

const API = "/api/v1";
/** Largest request that sends no file: an investigation's description has some kilobytes. */
const MAX_BODY_BYTES: number = 2 ** 20;

export interface AppOptions {
  readonly admissions: Admissions;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly addressOf: ClientAddress;
  /** Whether browsers reach it over https. */
  readonly secure: boolean;
  /** Of one user, in each process. */
  readonly requestsPerMinute: number;
  /** The page; null for none. */
  readonly page: Hono | null;
}

/** All that the service answers. */
export function createApp(services: Services, options: AppOptions): OpenAPIHono<Env> {
  const { admissions, log, metrics, secure, requestsPerMinute, page } = options;
  const app = new OpenAPIHono<Env>();
  app.use(watchRequests(options));
  app.use(securityHeaders(secure));
  app.use(sameOriginOnly());
  const cookie = sessionCookie(secure);
  const isSigningIn = (c: { readonly req: { readonly method: string; readonly path: string } }): boolean =>
    c.req.method === "POST" && c.req.path === `${API}/session`;
  const admitted = admit({ admissions, cookie, requestsPerMinute, open: isSigningIn });
  app.use(`${API}/*`, admitted);
  const limited = bodyLimit({ maxSize: MAX_BODY_BYTES, onError: (c) => problem(c, tooLarge()) });
  app.use(`${API}/*`, async (c, next) => {
    const path = c.req.path.slice(API.length);
    const isUnlimited = c.req.method === "GET" || FILE_PATHS.some((each) => each.test(path));
    return isUnlimited ? await next() : await limited(c, next);
  });
  app.use(`${API}/*`, rememberAnswers(services.database, FROM_ROWS));
  for (const part of PARTS) app.route(API, part(services, { admissions, cookie }));
  describeSecurity(app, cookie.name);
  let document: OpenApiDocument | null = null;
  app.get(`${API}/openapi.json`, requires("viewer"), (c) => {
    document ??= openApiDocument(app);
    return etagged(c, document);
  });
  app.route("/", referenceRoutes());
  app.route("/", healthRoutes(services.database));
  app.get("/metrics", admitted, requires("admin"), (c) => showFigures(c, metrics));
  if (page !== null) app.route("/", page);
  app.notFound((c) =>
    problem(c, new VerifierError("NOT_FOUND", "there is nothing here", "Look at /api/v1.")),
  );
  app.onError(answerError({ log, root: services.data.root }));
  return app;
}

function tooLarge(): VerifierError {
  return new VerifierError(
    "TOO_LARGE",
    `a request has more than ${MAX_BODY_BYTES} bytes`,
    "Send files to POST /api/v1/uploads.",
  );
}
