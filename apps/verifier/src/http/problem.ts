import type { Context } from "hono";
import { STATUS, type VerifierError } from "../error.js";
import type { Problem } from "../shapes/common.js";

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
  const { code, message, hint, retryAfter } = error;
  const said = { status: STATUS[code], code, detail: message, hint };
  if (retryAfter !== null) context.header("retry-after", String(Math.ceil(retryAfter)));
  return ownProblem(context, said, errors);
}

/** The same for what another package found. */
export function ownProblem(
  context: Context,
  { status, ...said }: Pick<Problem, "code" | "detail" | "hint"> & { readonly status: ProblemStatus },
  errors: NonNullable<Problem["errors"]> = [],
): Response {
  const body: Problem = {
    type: "about:blank",
    title: TITLES[status] ?? "Error",
    status,
    ...said,
    ...(errors.length === 0 ? {} : { errors }),
  };
  return context.body(JSON.stringify(body), status, { "content-type": "application/problem+json" });
}

type ProblemStatus = (typeof STATUS)[keyof typeof STATUS];
