import { OpenAPIHono } from "@hono/zod-openapi";
import { VerifierError } from "../error.js";
import type { Env } from "./env.js";
import { problem } from "./problem.js";

/** A part of the API: routes with their schemas. What does not fit its schema is answered here, and reaches no handler. */
export function newApi(): OpenAPIHono<Env> {
  return new OpenAPIHono<Env>({
    defaultHook: (result, context) => {
      if (result.success) return undefined;
      const errors = result.error.issues.map(({ path, message }) => ({
        pointer: `/${path.map((part) => String(part).replace(/~/g, "~0").replace(/\//g, "~1")).join("/")}`,
        detail: message,
      }));
      const where = errors[0] === undefined ? "" : ` at ${errors[0].pointer}: ${errors[0].detail}`;
      const error = new VerifierError(
        "REQUEST_INVALID",
        `the ${result.target} does not fit${where}`,
        "Compare it with the reference of the API.",
      );
      return problem(context, error, errors);
    },
  });
}
