import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Services } from "../services.js";
import type { Env } from "./env.js";

/** A part of the API, with paths relative to `/api/v1`. */
export type Part = (services: Services) => OpenAPIHono<Env>;

/** All that the API consists of, in the order of its reference. */
export const PARTS: readonly Part[] = [];

/** Paths below `/api/v1` that take files, and count their bytes themselves; all others take little. */
export const FILE_PATHS: readonly RegExp[] = [
  /^\/uploads$/,
  /^\/evidence\/verify$/,
  /^\/investigations\/[^/]+\/evidence$/,
];
