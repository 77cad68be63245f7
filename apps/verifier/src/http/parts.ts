import type { OpenAPIHono } from "@hono/zod-openapi";
import { modelRoutes } from "../models/model-routes.js";
import { eventRoutes } from "../investigations/event-routes.js";
import { evidenceRoutes } from "../investigations/evidence-routes.js";
import { exchangeRoutes } from "../investigations/exchange-routes.js";
import { investigationRoutes } from "../investigations/investigation-routes.js";
import { probeSetRoutes } from "../investigations/probe-set-routes.js";
import type { Services } from "../services.js";
import { uploadRoutes } from "../uploads/upload-routes.js";
import type { Env } from "./env.js";

/** A part of the API, with paths relative to `/api/v1`. */
export type Part = (services: Services) => OpenAPIHono<Env>;

/** All that the API consists of, in the order of its reference. */
export const PARTS: readonly Part[] = [
  modelRoutes,
  uploadRoutes,
  probeSetRoutes,
  investigationRoutes,
  eventRoutes,
  exchangeRoutes,
  evidenceRoutes,
];

/** Paths below `/api/v1` that take files, and count their bytes themselves; all others take little. */
export const FILE_PATHS: readonly RegExp[] = [
  /^\/uploads$/,
  /^\/evidence\/verify$/,
  /^\/investigations\/[^/]+\/evidence$/,
];
