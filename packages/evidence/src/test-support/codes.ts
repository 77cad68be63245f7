import { EvidenceError, type EvidenceErrorCode } from "../error.js";

/** Code with which a call fails; "none" where it does not, "other" for any other error. */
export function codeOf(run: () => unknown): EvidenceErrorCode | "none" | "other" {
  try {
    run();
    return "none";
  } catch (error) {
    return error instanceof EvidenceError ? error.code : "other";
  }
}

/** Code with which a promise is rejected; see `codeOf`. */
export async function rejectionCode(
  promise: Promise<unknown>,
): Promise<EvidenceErrorCode | "none" | "other"> {
  try {
    await promise;
    return "none";
  } catch (error) {
    return error instanceof EvidenceError ? error.code : "other";
  }
}
