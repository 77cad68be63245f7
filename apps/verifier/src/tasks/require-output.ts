import { VerifierError } from "../error.js";
import type { TaskOutcome } from "./run-task.js";

/** Seconds after which it is worth trying again what died. */
const RETRY_SECONDS = 30;

/**
 * What a task made of what a client gave.
 *
 * @throws VerifierError UNPROCESSABLE where what was given is at fault, UNAVAILABLE where the service is
 */
export function requireOutput<Output>(outcome: TaskOutcome<Output>): Output {
  if (outcome.done) return outcome.output;
  const { message, hint, fault } = outcome.failure;
  if (!fault) throw new VerifierError("UNPROCESSABLE", message, hint);
  throw new VerifierError("UNAVAILABLE", message, hint, { retryAfter: RETRY_SECONDS });
}
