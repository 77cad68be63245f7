import type { Context, ErrorHandler } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Logger } from "pino";
import { VerifierError } from "../error.js";
import { toldError } from "@indicia/service/told-error";
import type { Env } from "./env.js";
import { ownProblem, problem } from "./problem.js";

/** Codes of our packages' errors that are nobody's mistake. */
const FAULTS: ReadonlySet<string> = new Set([
  "DISK_FAILED",
  "ABORTED",
  "WRITE_ABORTED",
  "CHAIN_WRITE_FAILED",
]);

/**
 * Answer with what was thrown. Errors of ours say what is wrong, with no paths of the server in it; whatever else it is,
 * the log learns it and the client only under which id.
 *
 * @param options.root the data folder
 */
export function answerError(options: { readonly log: Logger; readonly root: string }): ErrorHandler<Env> {
  const { log, root } = options;
  return (thrown, c) => {
    const error = asOurs(thrown);
    if (error instanceof VerifierError) return problem(c, error);
    if (isOurs(error)) {
      const { code, message, hint } = error;
      const hide = (text: string): string => text.replaceAll(root, "DATA");
      return ownProblem(c, { status: 422, code, detail: hide(message), hint: hide(hint) });
    }
    log.error({ requestId: c.var.requestId, error: toldError(thrown) }, "fault");
    return fault(c);
  };
}

function fault(c: Context<Env>): Response {
  return ownProblem(c, {
    status: 500,
    code: "INTERNAL",
    detail: "this is a fault of the service",
    hint: `Its log says more under the request id ${c.var.requestId}.`,
  });
}

/** What the framework and the database throw at input that is no good, in words of ours. */
function asOurs(thrown: unknown): unknown {
  const hint = "Compare it with the reference of the API.";
  if (thrown instanceof HTTPException && thrown.status < 500)
    return new VerifierError("REQUEST_INVALID", thrown.message || "the request cannot be read", hint);
  const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
  // PostgreSQL 17, appendix A: classes of SQLSTATE.
  if (/^22[0-9A-Z]{3}$/.test(code))
    return new VerifierError("REQUEST_INVALID", "a value is not one that can be kept", hint);
  if (code === "23505")
    return new VerifierError("CONFLICT", "there is one of that name already", "Take another name.");
  if (code === "23503")
    return new VerifierError(
      "CONFLICT",
      "something else uses it, or what it names is gone",
      "Look at both again.",
    );
  return thrown;
}

function isOurs(error: unknown): error is Error & { readonly code: string; readonly hint: string } {
  if (!(error instanceof Error) || !("code" in error) || !("hint" in error)) return false;
  return typeof error.code === "string" && typeof error.hint === "string" && !FAULTS.has(error.code);
}
