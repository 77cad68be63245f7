import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Admissions } from "../access/admissions.js";
import { keyRoutes } from "../access/key-routes.js";
import { ownerKeyRoutes } from "../access/owner-key-routes.js";
import { sessionRoutes } from "../access/session-routes.js";
import { userRoutes } from "../access/user-routes.js";
import { auditRoutes } from "../audit/audit-routes.js";
import type { SessionCookie } from "./admit.js";
import { copyRoutes } from "../models/copy-routes.js";
import { modelRoutes } from "../models/model-routes.js";
import { verifyRoutes } from "../evidence/verify-routes.js";
import { eventRoutes } from "../investigations/event-routes.js";
import { evidenceRoutes } from "../investigations/evidence-routes.js";
import { exchangeRoutes } from "../investigations/exchange-routes.js";
import { investigationRoutes } from "../investigations/investigation-routes.js";
import { probeSetRoutes } from "../investigations/probe-set-routes.js";
import { overviewRoutes } from "../overview/overview-routes.js";
import type { Services } from "../services.js";
import { suspectRoutes } from "../suspects/suspect-routes.js";
import { uploadRoutes } from "../uploads/upload-routes.js";
import type { Env } from "./env.js";

/** What lets people in. */
export interface Doors {
  readonly admissions: Admissions;
  readonly cookie: SessionCookie;
}

/** A part of the API, with paths relative to `/api/v1`. */
export type Part = (services: Services, doors: Doors) => OpenAPIHono<Env>;

/** All that the API consists of, in the order of its reference. */
export const PARTS: readonly Part[] = [
  sessionRoutes,
  overviewRoutes,
  // What is examined.
  modelRoutes,
  copyRoutes,
  suspectRoutes,
  (services) => uploadRoutes(services),
  // How, and what comes of it.
  probeSetRoutes,
  investigationRoutes,
  eventRoutes,
  exchangeRoutes,
  evidenceRoutes,
  verifyRoutes,
  // Who may do so.
  userRoutes,
  keyRoutes,
  ownerKeyRoutes,
  auditRoutes,
];

/** Paths below `/api/v1` that take files, and count their bytes themselves; all others take little. */
export const FILE_PATHS: readonly RegExp[] = [
  /^\/uploads$/,
  /^\/evidence\/verify$/,
  /^\/investigations\/[^/]+\/evidence$/,
];

/** Paths whose answers depend on rows alone, and on who asks: those that the page looks at all the time. */
export const FROM_ROWS: readonly RegExp[] = [
  /^\/api\/v1\/(models|suspects|probe-sets|investigations|owner-keys)(\/[0-9A-Z]{26})?$/,
  /^\/api\/v1\/overview$/,
];
