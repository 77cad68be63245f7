import type { Context } from "hono";
import type { Problem } from "../shapes/common.js";
import { STATUS, type VerifierError } from "../error.js";

const TITLES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  422: "Unprocessable Content",
  428: "Precondition Required",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
};

/** Answer with an error as RFC 9457 has it, section 3. */
export function problem(
  context: Context,
  error: VerifierError,
  errors: NonNullable<Problem["errors"]> = [],
): Response {
  const status = STATUS[error.code];
  const body: Problem = {
    type: "about:blank",
    title: TITLES[status] ?? "Error",
    status,
    detail: error.message,
    code: error.code,
    hint: error.hint,
    ...(errors.length === 0 ? {} : { errors }),
  };
  const headers = {
    "content-type": "application/problem+json",
    ...(error.retryAfter === null ? {} : { "retry-after": String(Math.ceil(error.retryAfter)) }),
  };
  return context.body(JSON.stringify(body), status, headers);
}
