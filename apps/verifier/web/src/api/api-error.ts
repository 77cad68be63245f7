import type { Problem } from "../../../src/shapes/common.js";

/** What the service refused, or why it could not be asked. `OFFLINE` and `UNREADABLE` are the page's own codes. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: string;
  readonly hint: string;
  readonly status: number;
  readonly errors: NonNullable<Problem["errors"]>;

  constructor(problem: Pick<Problem, "code" | "detail" | "hint" | "status" | "errors">) {
    super(problem.detail);
    this.code = problem.code;
    this.hint = problem.hint;
    this.status = problem.status;
    this.errors = problem.errors ?? [];
  }
}

export function offline(): ApiError {
  return new ApiError({
    code: "OFFLINE",
    detail: "the service cannot be reached",
    hint: "Check the connection and that the service is running, then try again.",
    status: 0,
  });
}

/** What a response that is no success says, whatever it is made of. */
export function toApiError(status: number, body: string): ApiError {
  const said = parsed(body);
  if (isProblem(said)) return new ApiError(said);
  return new ApiError({
    code: "UNREADABLE",
    detail: `the service answered with status ${status}`,
    hint: "Try again. Should it stay so, look at the log of the service.",
    status,
  });
}

/** Anything that was thrown, as something that can be shown. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError({
    code: "PAGE_FAULT",
    detail: error instanceof Error ? error.message : "something went wrong in this page",
    hint: "Load the page again.",
    status: 0,
  });
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== "object" || value === null) return false;
  return (["code", "detail", "hint"] as const).every((name) => name in value) && "status" in value;
}
